#include "view/pages/device_notice.h"

#include "state/model_session.h"
#include "state/settings.h"
#include "view/components/button.h"
#include "view/components/icon_button.h"
#include "view/components/label.h"
#include "view/pages/texts.h"

#include <QBoxLayout>
#include <QEvent>

namespace hearth::ui {

namespace {

constexpr int kLeastTextWidth = 240;

} // namespace

DeviceNotice::DeviceNotice(ModelSession& model, Settings& settings, QWidget* parent)
    : QWidget(parent)
    , m_model(model)
    , m_settings(settings)
    , m_text(new Label({}, TextStyle::Caption, ColorRole::Muted, this))
    , m_action(new Button({}, ButtonKind::Quiet, this))
    , m_close(new IconButton(Icon::Close, {}, this, IconButton::Size::Small))
    , m_body(new QBoxLayout(QBoxLayout::LeftToRight)) {
    m_text->setWordWrap(true);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(space::kXl, 0, space::kLg, space::kXs);
    row->setSpacing(space::kSm);
    m_body->setSpacing(0);
    m_body->addWidget(m_text, 1);
    m_body->addWidget(m_action, 0, Qt::AlignLeft);
    row->addLayout(m_body, 1);
    row->addWidget(m_close, 0, Qt::AlignTop);
    connect(m_action, &QAbstractButton::clicked, this, &DeviceNotice::act);
    connect(m_close, &QAbstractButton::clicked, this, &DeviceNotice::dismiss);
    connect(&model, &ModelSession::changed, this, &DeviceNotice::refresh);
    refresh();
}

QString DeviceNotice::key() const {
    const auto& notice = m_model.info().deviceNotice;
    if (m_model.state() != ModelSession::State::Ready || !notice)
        return {};
    const QString code = QString::number(static_cast<int>(notice->code));
    // What the GPU can't hold or run is a matter of each model.
    const bool isOfModel =
        notice->code == ErrorCode::OutOfMemory || notice->code == ErrorCode::Unsupported;
    return isOfModel ? code + QLatin1Char(' ') + m_model.name() : code;
}

void DeviceNotice::refresh() {
    const QString shown = key();
    setVisible(!shown.isEmpty() && shown != m_settings.values().dismissedNotice);
    m_close->setName(tr("Dismiss"));
    if (shown.isEmpty())
        return;
    const Error& notice = *m_model.info().deviceNotice;
    m_text->setText(deviceNoticeText(notice));
    m_action->setText(deviceNoticeActionText(notice));
    m_action->setVisible(!m_action->text().isEmpty());
}

void DeviceNotice::act() {
    const auto& notice = m_model.info().deviceNotice;
    if (!notice)
        return;
    if (notice->code == ErrorCode::OutOfMemory || notice->code == ErrorCode::Unsupported)
        emit modelsRequested();
    else
        m_model.reload();
}

void DeviceNotice::dismiss() {
    Settings::Values values = m_settings.values();
    values.dismissedNotice = key();
    m_settings.set(values);
    refresh();
}

void DeviceNotice::resizeEvent(QResizeEvent* event) {
    // Text beside the button, or above it where that would be a column of single words.
    const int beside = layout()->contentsRect().width() - m_close->sizeHint().width() -
                       m_action->sizeHint().width() - 2 * space::kSm;
    const bool isNarrow = !m_action->isHidden() && beside < kLeastTextWidth;
    m_body->setDirection(isNarrow ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
    QWidget::resizeEvent(event);
}

void DeviceNotice::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        refresh();
    QWidget::changeEvent(event);
}

} // namespace hearth::ui
