#pragma once

#include "view/theme/tokens.h"

#include <QIcon>
#include <QPixmap>

namespace hearth::ui {

/// Our drawings, resources/icons/NAME.svg: 24 grid, 1.75 stroke, round caps, currentColor.
enum class Icon {
    Chats,
    Models,
    Quantize,
    Monitor,
    Server,
    Settings,
    Plus,
    Search,
    Send,
    Stop,
    Copy,
    Check,
    Refresh,
    Edit,
    Trash,
    Close,
    ChevronDown,
    ChevronRight,
    ChevronLeft,
    ChevronUp,
    ArrowDown,
    Sidebar,
    Inspector,
    Thought,
    Warning,
    Info,
    Error,
    More,
    Download,
    Folder,
    Branch,
    Link,
    Sun,
    Moon,
    Archive,
    Pin,
    Keyboard,
    Minus,
    Tag,
    ArchiveRestore, ///< Back out of the archive.
    Fork,           ///< A new chat from here.
    Continue,       ///< A reply goes on.
    Attach,
    FileText,
    Globe,
    Bell,
    Shield,
    Cpu,
    Gpu,
    Disk,
    Sliders,
    History,
    Eye,
    EyeOff,
    Import,
    Export,
    Star,
    Play,
    Pause,
    Undo,
    External,
    Bolt, ///< Speed.
    Memory,
    Count_, ///< Not an icon: how many there are.
};

/// An icon in a token's colour, drawn at the size and scale in which it is shown, so it is crisp
/// at any; it follows the theme. Disabled: half as strong.
QIcon themeIcon(Icon which, ColorRole role = ColorRole::Muted);

/// For painting by hand; side in logical pixels.
QPixmap iconPixmap(Icon which, const QColor& color, int side, qreal devicePixelRatio);

/// The ember in the hearth, in its own colours, for the window and the desktop.
QIcon applicationIcon();

} // namespace hearth::ui
