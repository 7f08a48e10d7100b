# A whole grandstand by holeshot-load, beside the floor. Needs holeshot_bench(). The server in a process of its own is also
# what tests/faults stands on.
add_library(live_server_process STATIC live_bare_server.cc live_server_process.cc)
target_link_libraries(live_server_process PUBLIC holeshot_options central_live common_base)
holeshot_bench(live_load SOURCES live_load_bench.cc DEPS live_server_process tools_load)
