"""What a module writes into its checkpoints, and what comes of loading them again."""
