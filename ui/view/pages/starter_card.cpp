#include "view/pages/starter_card.h"

#include "state/model_catalogue.h"
#include "state/model_downloads.h"
#include "view/components/button.h"
#include "view/components/chip.h"
#include "view/components/label.h"
#include "view/pages/download_strip.h"
#include "view/pages/texts.h"

#include <QBoxLayout>

namespace hearth::ui {

StarterCard::StarterCard(ModelCatalogue& catalogue, ModelDownloads& downloads, QWidget* parent)
    : Card(parent)
    , m_catalogue(catalogue)
    , m_downloads(downloads)
    , m_title(new Label({}, TextStyle::UiStrong, ColorRole::Text, this))
    , m_kind(new Chip({}, this))
    , m_text(new Label({}, TextStyle::Ui, ColorRole::Muted, this))
    , m_action(new Button({}, ButtonKind::Plain, this))
    , m_strip(new DownloadStrip(downloads, this)) {
    m_kind->setDot(ColorRole::Accent);
    m_text->setWordWrap(true);
    m_action->setObjectName(QStringLiteral("starter"));
    auto* head = new QHBoxLayout;
    head->setSpacing(space::kSm);
    head->addWidget(m_title);
    head->addWidget(m_kind);
    head->addStretch(1);
    auto* words = new QVBoxLayout;
    words->setSpacing(space::kXs);
    words->addLayout(head);
    words->addWidget(m_text);
    auto* line = new QHBoxLayout;
    line->setSpacing(space::kLg);
    line->addLayout(words, 1);
    line->addWidget(m_action);
    body()->setSpacing(space::kSm);
    body()->addLayout(line);
    body()->addWidget(m_strip);

    connect(m_action, &QAbstractButton::clicked, this, [this] {
        if (isInstalled())
            emit chatRequested();
        else
            emit downloadBegun(m_downloads.startStarter());
    });
    connect(m_strip, &DownloadStrip::settingsRequested, this, &StarterCard::settingsRequested);
    connect(&catalogue, &ModelCatalogue::scanned, this, &StarterCard::refresh);
    connect(&downloads, &ModelDownloads::listChanged, this, &StarterCard::refresh);
    refresh();
}

bool StarterCard::isInstalled() const {
    for (int row = 0; row < m_catalogue.rowCount(); ++row)
        if (m_catalogue.at(row).isStarter && m_catalogue.at(row).problem.empty())
            return true;
    return false;
}

void StarterCard::setMain(bool isMain) {
    m_action->setKind(isMain ? ButtonKind::Primary : ButtonKind::Plain);
}

void StarterCard::setOnline(bool isOnline) {
    m_isOnline = isOnline;
    refresh();
}

void StarterCard::refresh() {
    const ModelDownloads::Item* const item = m_downloads.starter();
    m_strip->setDownload(item != nullptr ? item->id : 0);
    m_title->setText(tr("Starter"));
    m_kind->setText(tr("small, for trying"));
    m_text->setText(tr("Answers at once on any computer. Good for a first look, too small for "
                       "questions that matter."));
    m_action->setVisible(m_catalogue.isScanned() && item == nullptr);
    m_action->setEnabled(isInstalled() || m_isOnline);
    m_action->setText(isInstalled() ? tr("Start chatting")
                                    : tr("Get it (%1)").arg(bytesText(m_downloads.starterBytes())));
}

} // namespace hearth::ui
