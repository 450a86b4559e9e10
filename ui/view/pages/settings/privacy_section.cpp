#include "view/pages/settings/privacy_section.h"

#include "state/settings.h"
#include "view/components/label.h"
#include "view/theme/paint.h"

#include <QBoxLayout>
#include <QUrl>

namespace hearth::ui {

namespace {

QString hubHost(const Settings& settings) {
    const QString host = QUrl(settings.values().hubEndpoint).host();
    return host.isEmpty() ? QStringLiteral("huggingface.co") : withoutControls(host);
}

} // namespace

PrivacySection::PrivacySection(Settings& settings, QWidget* parent)
    : SettingsSection(QStringLiteral("privacy"), tr("Privacy"), parent) {
    auto* promise = new Label(tr("Hearth has no account and no telemetry. Models run on this "
                                 "computer, and what you write stays on it."),
                              TextStyle::Ui, ColorRole::Text, this);
    promise->setWordWrap(true);
    body()->addWidget(promise);
    auto* leaves = addText({});
    const auto refresh = [&settings, leaves] {
        leaves->setText(tr("All that ever leaves it: requests to %1 for the models you choose to "
                           "download, and links you click, which open in your browser. Pictures in "
                           "replies are never fetched.")
                            .arg(hubHost(settings)));
    };
    connect(&settings, &Settings::changed, leaves, refresh);
    refresh();
}

} // namespace hearth::ui
