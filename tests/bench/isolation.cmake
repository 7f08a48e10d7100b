# What a flooded track, a poisoned one and one that catches up cost three normal tracks, beside these alone.
holeshot_bench(isolation SOURCES isolation_bench.cc DEPS central_actor)
