"""What projects were written for: older versions of Lightning, torch, torchmetrics and transformers."""
