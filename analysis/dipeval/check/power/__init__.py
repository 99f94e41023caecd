"""What a planned evaluation can show: detectable effects and power, from what the cities were like before."""
