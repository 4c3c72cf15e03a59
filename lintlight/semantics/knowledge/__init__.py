"""What is known of the libraries without running them: names, modes, and which modules drop or keep nothing."""
