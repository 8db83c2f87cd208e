"""The door for records: what comes in is durable before it is answered."""
