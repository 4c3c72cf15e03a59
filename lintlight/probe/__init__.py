"""Findings proved or refuted by building the real module and watching it train."""
