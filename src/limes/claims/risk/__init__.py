"""Chapter: empirical risk, linear and kernel models."""
