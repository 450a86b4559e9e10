#pragma once

#include <QWidget>

namespace hearth::ui {

class Banner;
class Button;
class Label;
class ModelDownloads;
class Progress;

/// One download: how far it is, pause and cancel; where it failed the reason and what mends it.
/// Hidden while there is none.
class DownloadStrip : public QWidget {
    Q_OBJECT

public:
    explicit DownloadStrip(ModelDownloads& downloads, QWidget* parent = nullptr);

    /// 0: none.
    void setDownload(int id);
    [[nodiscard]] int download() const { return m_id; }

signals:
    /// Where mirror and proxy are set.
    void settingsRequested();

protected:
    void changeEvent(QEvent* event) override;

private:
    void refresh();
    void toggle();
    void mend();

    ModelDownloads& m_downloads;
    QWidget* m_line;
    Progress* m_progress;
    Label* m_text;
    Button* m_pause;
    Button* m_cancel;
    Banner* m_error;
    int m_id = 0;
};

} // namespace hearth::ui
