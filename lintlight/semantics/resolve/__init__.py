"""A project's files, names and classes: what stands where, and what each answer rests on."""
