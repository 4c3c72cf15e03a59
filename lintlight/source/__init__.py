"""Source files: finding them, reading them, parsing them."""
