"""What is worth a walk at all: most code can be told to be of no interest from its words."""
