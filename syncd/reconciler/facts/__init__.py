"""What rules look at and say: dates, moves, stays, contradictions, in one way for all rules."""
