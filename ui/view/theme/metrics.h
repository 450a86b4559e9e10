#pragma once

namespace hearth::ui {

/// Distances in logical pixels.
namespace space {
inline constexpr int kXs = 4;
inline constexpr int kSm = 8;
inline constexpr int kMd = 12;
inline constexpr int kLg = 16;
inline constexpr int kXl = 24;
inline constexpr int k2xl = 32;
inline constexpr int k3xl = 48;
} // namespace space

namespace radius {
inline constexpr int kControl = 6;
inline constexpr int kCard = 10;
inline constexpr int kComposer = 16;
} // namespace radius

/// Fixed sizes of controls and columns, logical pixels.
namespace size {
inline constexpr int kControl = 32;
inline constexpr int kRow = 40;
inline constexpr int kRail = 56;
inline constexpr int kList = 264;
inline constexpr int kInspector = 320;
inline constexpr int kChatColumn = 760;
inline constexpr int kIcon = 20;
inline constexpr int kIconSmall = 16;
inline constexpr int kFocusRing = 2;
inline constexpr int kScrollBar = 12; ///< The track; the thumb is slimmer.
inline constexpr int kProgress = 6;
inline constexpr int kWindowWidth = 1180;
inline constexpr int kWindowHeight = 780;
inline constexpr int kWindowMinimumWidth = 700;
inline constexpr int kWindowMinimumHeight = 500;
} // namespace size

/// Durations in milliseconds; Theme::motion() makes them 0 where motion is reduced.
namespace motion {
inline constexpr int kHover = 120;
inline constexpr int kPanel = 180;
inline constexpr int kPulse = 1100; ///< One breath of the streaming cursor, skeletons, busy bars.
} // namespace motion

/// Type scale, px on line px: 12/16, 14/20, 15/24, 18/24, 28/34.
enum class TextStyle {
    Caption,       ///< 12/16
    CaptionStrong, ///< 12/16, 600
    Ui,            ///< 14/20
    UiStrong,      ///< 14/20, 600
    Chat,          ///< 15/24
    ChatStrong,    ///< 15/24, 600
    Title,         ///< 18/24, 600
    Display,       ///< 28/34, 600
    Code,          ///< JetBrains Mono 13/20: code
    Figure,        ///< JetBrains Mono 12/16: live numbers, which must not dance
};

} // namespace hearth::ui
