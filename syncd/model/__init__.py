"""The common model: frozen, slotted data and arithmetic on it; no input or output."""
