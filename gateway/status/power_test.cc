#include "gateway/status/power.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace holeshot::status {
namespace {

namespace fs = std::filesystem;

class Power : public testing::Test {
 protected:
  Power()
      : root_(fs::path(testing::TempDir()) /
              ("power-" + std::to_string(::getpid()) + "-" +
               testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~Power() override { fs::remove_all(root_); }
  void supply(const std::string& name, const std::map<std::string, std::string>& files) {
    fs::create_directories(root_ / name);
    for (const auto& [file, text] : files) std::ofstream(root_ / name / file) << text << "\n";
  }
  PowerPicture read() { return read_power(root_.string()); }
  fs::path root_;
};

TEST_F(Power, OfALaptopThatIsUnplugged) {
  supply("AC", {{"type", "Mains"}, {"online", "0"}});
  supply("BAT0", {{"type", "Battery"}, {"status", "Discharging"}, {"capacity", "63"}});
  EXPECT_EQ(read().on_battery, true);
  EXPECT_EQ(read().percent, 63U);
}

TEST_F(Power, OfALaptopThatIsPluggedIn) {
  supply("AC", {{"type", "Mains"}, {"online", "1"}});
  supply("BAT0", {{"type", "Battery"}, {"status", "Charging"}, {"capacity", "40"}});
  supply("BAT1", {{"type", "Battery"}, {"status", "Unknown"}, {"capacity", "60"}});
  EXPECT_EQ(read().on_battery, false);
  EXPECT_EQ(read().percent, 50U);
}

TEST_F(Power, OfAChargerThatIsTooWeakIsTheBatteryAllTheSame) {
  supply("USBC", {{"type", "USB"}, {"online", "1"}});
  supply("BAT0", {{"type", "Battery"}, {"status", "Discharging"}, {"capacity", "9"}});
  EXPECT_EQ(read().on_battery, true);
}

TEST_F(Power, DoesNotCountAMouse) {
  supply("hidpp_battery_0",
         {{"type", "Battery"}, {"scope", "Device"}, {"status", "Discharging"}, {"capacity", "5"}});
  EXPECT_FALSE(read().on_battery);
  EXPECT_FALSE(read().percent);
}

TEST_F(Power, IsUnknownWhereNothingOrNonsenseIsSaid) {
  EXPECT_FALSE(read_power((root_ / "absent").string()).on_battery);
  supply("BAT0", {{"type", "Battery"}, {"capacity", "soon"}});
  supply("BAT1", {{"type", "Battery"}, {"capacity", "250"}});
  EXPECT_FALSE(read().percent);
  EXPECT_FALSE(read().on_battery.value_or(false));
}

}  // namespace
}  // namespace holeshot::status
