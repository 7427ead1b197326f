"""How often what was foretold came true: commitments, their outcomes, and the figures of both."""
