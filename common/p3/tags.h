// The numbers of the protocol: types of record and the tags of their fields. Names are those of docs/p3.md.
#pragma once

#include <cstdint>

namespace holeshot::p3 {

// Types of record. Any other value may arrive, too.
namespace tor {
inline constexpr std::uint16_t kReset = 0x0000;
inline constexpr std::uint16_t kPassing = 0x0001;
inline constexpr std::uint16_t kStatus = 0x0002;
inline constexpr std::uint16_t kVersion = 0x0003;
inline constexpr std::uint16_t kResend = 0x0004;
inline constexpr std::uint16_t kClearPassing =
    0x0005;  // destroys the decoder's history: the writer refuses it
inline constexpr std::uint16_t kAuxSettings = 0x0012;
inline constexpr std::uint16_t kServerSettings = 0x0013;
inline constexpr std::uint16_t kSession = 0x0015;
inline constexpr std::uint16_t kNetworkSettings = 0x0016;
inline constexpr std::uint16_t kWatchdog = 0x0018;
inline constexpr std::uint16_t kPing = 0x0020;
inline constexpr std::uint16_t kGetTime = 0x0024;
inline constexpr std::uint16_t kGeneralSettings = 0x0028;
inline constexpr std::uint16_t kSignals = 0x002D;
inline constexpr std::uint16_t kLoopTrigger = 0x002F;
inline constexpr std::uint16_t kGpsInfo = 0x0030;
inline constexpr std::uint16_t k0036 = 0x0036;  // has no name; answered with NETWORK_SETTINGS
inline constexpr std::uint16_t kFirstContact = 0x0045;
inline constexpr std::uint16_t kTimeline = 0x004A;
inline constexpr std::uint16_t kError = 0xFFFF;
}  // namespace tor

// General tags, in any record.
namespace tag {
inline constexpr std::uint8_t kFirstGeneral = 0x81;
inline constexpr std::uint8_t kDecoderId = 0x81;
inline constexpr std::uint8_t kControllerId = 0x83;
inline constexpr std::uint8_t kRequestId = 0x85;
}  // namespace tag

namespace passing_tag {
inline constexpr std::uint8_t kNumber = 0x01, kTransponder = 0x03, kRtcTime = 0x04, kStrength = 0x05,
                              kHits = 0x06, kFlags = 0x08, kTranCode = 0x0A, kUserFlag = 0x0E,
                              kDriverId = 0x0F, kUtcTime = 0x10, kRtcId = 0x13, kSport = 0x14,
                              kVoltage = 0x30, kTemperature = 0x31;
}
namespace status_tag {
inline constexpr std::uint8_t kNoise = 0x01, kGps = 0x06, kTemperature = 0x07, kSatInUse = 0x0A,
                              kLoopTriggers = 0x0B, kInputVoltage = 0x0C;
}
namespace version_tag {
inline constexpr std::uint8_t kDecoderType = 0x01, kDescription = 0x02, kVersion = 0x03, kRelease = 0x04,
                              kRegistration = 0x08, kBuild = 0x0A, kOptions = 0x0C;
}
namespace resend_tag {
inline constexpr std::uint8_t kFrom = 0x01, kUntil = 0x02;
}
namespace get_time_tag {
inline constexpr std::uint8_t kRtcTime = 0x01, kFlags = 0x04, kUtcTime = 0x05;
}
namespace session_tag {
inline constexpr std::uint8_t kNumber = 0x01, kStart = 0x02, kFirstPassing = 0x03, kLastPassing = 0x04;
}
namespace network_tag {
inline constexpr std::uint8_t kInterface = 0x01, kStaticIp = 0x02, kStaticMask = 0x03, kStaticGateway = 0x04,
                              kStaticDns = 0x05, kAutomatic = 0x06, kObtained = 0x07, kActiveIp = 0x08,
                              kActiveMask = 0x09, kActiveGateway = 0x0A, kUnanswered = 0x0E;
}
namespace timeline_tag {
inline constexpr std::uint8_t kName = 0x01;
}
namespace aux_tag {  // hold-offs in ms
inline constexpr std::uint8_t kPhotocell = 0x03, kExternalStart = 0x04, kSync = 0x05;
}
namespace error_tag {
inline constexpr std::uint8_t kCode = 0x01, kDescription = 0x02;
}

// What an ERROR record's code says.
namespace error_code {
inline constexpr std::uint16_t kCrc = 1, kSorMissing = 2, kHeaderCorrupt = 3, kTorUnknown = 4,
                               kParametersMissing = 5, kRecordTooLong = 6;
}

// Transponder numbers that are inputs of the decoder's AUX port, not riders.
inline constexpr std::uint32_t kPhotocellTransponder = 9991;
inline constexpr std::uint32_t kExternalStartTransponder = 9992;  // a BMX track's gate pulse
inline constexpr std::uint32_t kSyncTransponder = 9993;

}  // namespace holeshot::p3
