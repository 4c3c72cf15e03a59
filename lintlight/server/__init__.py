"""The language server: what an editor shows of our findings while one types."""
