"""What the weights are worth: the paper's measures with intervals, and the report about them."""
