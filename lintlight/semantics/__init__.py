"""What a LightningModule does, hook by hook, worked out without running it.

From the bottom up: `values` and `heap` are the words that all rooms speak, `order` that in which values are gone
through; `knowledge` knows the libraries, `resolve` the project's code and `configuration` its YAML; `interpreter` runs
code on abstract values; `screening` tells what needs no run; `walks` takes a class through `fit`, `checkpoints` through
saving and loading.
`lightning` answers the rules from all of them, `fixes` and `loading_fixes` offer what to change.
"""
