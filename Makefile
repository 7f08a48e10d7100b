# For hands that type make: everything is in ./dev.
.PHONY: run test build check
run test build check:
	./dev $@
