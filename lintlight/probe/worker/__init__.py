"""The worker runs in the project's interpreter: torch, Lightning and transformers, and nothing of lintlight.

It is started by path and may run on Python 3.9. It reads one JSON object per line (a class to probe) and writes one
JSON object per line (what happened). What is written here is evidence; judging it is done elsewhere.
"""
