"""A made-up program of three teams, played against simulators of the three providers."""
