import a_package_that_is_not_here
from models import NeedsAPackage

a_package_that_is_not_here.start()
module = NeedsAPackage("bert-base-uncased", a_package_that_is_not_here.vocabulary())
