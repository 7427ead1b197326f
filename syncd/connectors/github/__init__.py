"""GitHub and GitHub Enterprise Server: issues, pull requests with reviews, milestones."""
