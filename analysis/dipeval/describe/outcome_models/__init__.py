"""What models of cost, stay and volume need of the cases, and the table that shows them."""
