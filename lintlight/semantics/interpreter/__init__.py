"""Code run on abstract values: expressions, statements, calls, and what the libraries do."""
