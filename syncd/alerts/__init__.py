"""The life of alerts, who hears of it and when; pure but for `delivery`, which acts by seams."""
