"""Write-back: notes on the items themselves, and dates that a person has picked."""
