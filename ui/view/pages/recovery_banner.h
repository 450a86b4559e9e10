#pragma once

#include "state/device_recovery.h"
#include "view/components/banner.h"

namespace hearth::ui {

/// Tells that the device was lost and what happens next; hidden while it works. Blocks nothing.
class RecoveryBanner : public Banner {
    Q_OBJECT

public:
    explicit RecoveryBanner(DeviceRecovery& recovery, QWidget* parent = nullptr);

protected:
    void changeEvent(QEvent* event) override;

private:
    void refresh();
    static QString offerText(DeviceRecovery::Offer offer);
    void act();
    void actOtherwise();

    DeviceRecovery& m_recovery;
};

} // namespace hearth::ui
