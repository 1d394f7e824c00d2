"""Chapter: optimization: step sizes, stochastic gradients, implicit bias, automatic differentiation."""
