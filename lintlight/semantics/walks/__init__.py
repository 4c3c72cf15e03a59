"""A LightningModule from its construction through `fit`, and what the rest of the project does to it."""
