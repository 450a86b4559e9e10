#pragma once

#include "hearth/result.h"
#include "view/pages/settings/settings_section.h"

namespace hearth::ui {

class Banner;
class Combo;
class Workspace;

/// How models are loaded. A change loads the model again; values with which it can't be loaded come
/// back, and the section says why.
class EngineSection : public SettingsSection {
    Q_OBJECT

public:
    explicit EngineSection(Workspace& workspace, QWidget* parent = nullptr);

private:
    void addDevice();
    void addContext();
    void addCacheType();
    void addThreads();
    void refresh();
    void refreshDevices();
    void refreshContext();
    void refreshRefused();

    Workspace& m_workspace;
    Banner* m_refused;
    Combo* m_device;
    Label* m_deviceHint;
    Combo* m_context;
    Label* m_contextHint;
    Combo* m_cacheType;
};

} // namespace hearth::ui
