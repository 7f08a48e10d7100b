holeshot_fuzz(p3_driver SOURCES p3_driver_fuzz.cc DEPS gateway_driver_p3)

# The corpus' first inputs are of our own making: p3_driver_seeds tests/fuzz/corpus/p3_driver writes them again.
add_executable(p3_driver_seeds EXCLUDE_FROM_ALL p3_driver_seeds.cc)
target_link_libraries(p3_driver_seeds PRIVATE holeshot_options gateway_driver_p3)
# Every driver of the table, so that a new one is fuzzed by being there.
holeshot_fuzz(driver SOURCES driver_fuzz.cc DEPS gateway_driver_table nlohmann_json::nlohmann_json)
