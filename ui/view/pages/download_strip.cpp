#include "view/pages/download_strip.h"

#include "state/model_downloads.h"
#include "view/components/banner.h"
#include "view/components/button.h"
#include "view/components/label.h"
#include "view/components/progress.h"
#include "view/pages/download_texts.h"
#include "view/pages/texts.h"
#include "view/theme/metrics.h"

#include <QBoxLayout>
#include <QEvent>

namespace hearth::ui {

namespace {

constexpr int kSteps = 1000;

using State = ModelDownloads::State;

} // namespace

DownloadStrip::DownloadStrip(ModelDownloads& downloads, QWidget* parent)
    : QWidget(parent)
    , m_downloads(downloads)
    , m_line(new QWidget(this))
    , m_progress(new Progress({}, m_line))
    , m_text(new Label({}, TextStyle::Caption, ColorRole::Muted, m_line))
    , m_pause(new Button({}, ButtonKind::Quiet, m_line))
    , m_cancel(new Button({}, ButtonKind::Quiet, m_line))
    , m_error(new Banner(Banner::Kind::Error, {}, {}, this)) {
    m_text->setElided(true);
    auto* words = new QVBoxLayout;
    words->setSpacing(space::kXs);
    words->addWidget(m_progress);
    words->addWidget(m_text);
    auto* line = new QHBoxLayout(m_line);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(space::kSm);
    line->addLayout(words, 1);
    line->addWidget(m_pause);
    line->addWidget(m_cancel);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::kSm);
    layout->addWidget(m_line);
    layout->addWidget(m_error);

    connect(m_pause, &QAbstractButton::clicked, this, &DownloadStrip::toggle);
    connect(m_cancel, &QAbstractButton::clicked, this, [this] { m_downloads.cancel(m_id); });
    connect(m_error, &Banner::actionTriggered, this, &DownloadStrip::mend);
    connect(m_error, &Banner::alternativeTriggered, this, [this] { m_downloads.resume(m_id); });
    connect(m_error, &Banner::closed, this, [this] { m_downloads.cancel(m_id); });
    connect(&downloads, &ModelDownloads::listChanged, this, &DownloadStrip::refresh);
    connect(&downloads, &ModelDownloads::changed, this, [this](int id) {
        if (id == m_id)
            refresh();
    });
    m_error->setClosable(true);
    refresh();
}

void DownloadStrip::setDownload(int id) {
    m_id = id;
    refresh();
}

void DownloadStrip::toggle() {
    const ModelDownloads::Item* const item = m_downloads.find(m_id);
    if (item != nullptr && item->state == State::Paused)
        m_downloads.resume(m_id);
    else
        m_downloads.pause(m_id);
}

void DownloadStrip::mend() {
    const ModelDownloads::Item* const item = m_downloads.find(m_id);
    if (item != nullptr && isMendedBySettings(item->error))
        emit settingsRequested();
    else
        m_downloads.resume(m_id);
}

void DownloadStrip::refresh() {
    const ModelDownloads::Item* const item = m_downloads.find(m_id);
    setVisible(item != nullptr);
    if (item == nullptr)
        return;
    const bool isFailed = item->state == State::Failed;
    m_line->setVisible(!isFailed);
    m_error->setVisible(isFailed);
    if (isFailed) {
        m_error->setContent(Banner::Kind::Error, downloadErrorText(item->error),
                            downloadActionText(item->error));
        m_error->setAlternative(isMendedBySettings(item->error) ? tr("Try again") : QString());
        return;
    }
    const bool isPaused = item->state == State::Paused;
    // pip's downloads can't go on where they were.
    m_pause->setVisible(!item->isStarter);
    m_pause->setText(isPaused ? tr("Go on") : tr("Pause"));
    m_cancel->setText(tr("Cancel"));
    m_pause->setAccessibleName(isPaused ? tr("Go on with the download") : tr("Pause the download"));
    m_cancel->setAccessibleName(tr("Cancel the download"));
    m_progress->setAccessibleName(tr("Download"));
    if (item->state == State::Waiting)
        m_text->setText(tr("Waiting for the download before it…"));
    else if (isPaused)
        m_text->setText(tr("Paused at %1 of %2")
                            .arg(bytesText(item->progress.doneBytes),
                                 bytesText(item->progress.totalBytes)));
    else
        m_text->setText(downloadProgressText(item->progress));
    const bool isKnown = isPaused || item->progress.phase == DownloadPhase::Receiving ||
                         item->progress.phase == DownloadPhase::Verifying ||
                         item->progress.doneBytes > 0;
    m_progress->setRange(0, isKnown ? kSteps : 0);
    if (isKnown)
        m_progress->setShare(downloadShare(item->progress));
}

void DownloadStrip::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        refresh();
    QWidget::changeEvent(event);
}

} // namespace hearth::ui
