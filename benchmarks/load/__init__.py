"""The web under load and faults: many visitors, services that die, slow clients, floods. `make load`."""
