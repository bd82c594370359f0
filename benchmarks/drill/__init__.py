"""The outbox under fire: real workers, real services that fail, an account of every mail. `make drill`."""
