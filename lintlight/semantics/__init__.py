"""What a LightningModule does, hook by hook, worked out without running it."""
