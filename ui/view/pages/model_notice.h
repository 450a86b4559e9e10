#pragma once

#include "hearth/result.h"
#include "view/components/banner.h"

namespace hearth::ui {

class ChatSession;
class ModelSession;

/// Over a chat with messages: why it can't be answered, or which model was refused, and the button
/// that mends it.
class ModelNotice : public Banner {
    Q_OBJECT

public:
    explicit ModelNotice(ModelSession& model, QWidget* parent = nullptr);

    void refresh(const ChatSession& session);

signals:
    void modelsRequested();
    /// A load that failed is to be tried otherwise.
    void mendRequested();

private:
    void showUseless(bool waits);
    void showRejected();

    ModelSession& m_model;
};

/// What the button that answers a failed load says.
[[nodiscard]] QString mendText(const Error& error);

} // namespace hearth::ui
