#pragma once

#include "view/chat/chat_source.h"

#include <vector>

/// A chat in memory, changed by the test.
class FakeChat : public hearth::ui::ChatSource {
public:
    using Message = hearth::ui::ChatMessage;

    int count() const override { return static_cast<int>(m_messages.size()); }
    Message message(int index) const override {
        return m_messages[static_cast<std::size_t>(index)];
    }
    Message& at(int index) { return m_messages[static_cast<std::size_t>(index)]; }

    void add(hearth::ui::ChatRole role, const QString& text,
             hearth::ui::MessageState state = hearth::ui::MessageState::Done) {
        Message message;
        message.id = QStringLiteral("m%1").arg(count());
        message.role = role;
        message.text = text;
        message.state = state;
        message.actions = hearth::ui::MessageAction::Copy;
        if (role == hearth::ui::ChatRole::Model)
            message.actions |= hearth::ui::MessageAction::Regenerate;
        else
            message.actions |= hearth::ui::MessageAction::Edit;
        m_messages.push_back(message);
        emit inserted(count() - 1, 1);
    }

    void insert(int index, hearth::ui::ChatRole role, const QString& text) {
        Message message;
        message.id = QStringLiteral("inserted%1").arg(count());
        message.role = role;
        message.text = text;
        m_messages.insert(m_messages.begin() + index, message);
        emit inserted(index, 1);
    }

    void append(int index, const QString& piece) {
        at(index).text += piece;
        emit textAppended(index, piece);
    }

    void setState(int index, hearth::ui::MessageState state) {
        at(index).state = state;
        emit stateChanged(index);
    }

    void remove(int index) {
        m_messages.erase(m_messages.begin() + index);
        emit removed(index, 1);
    }

private:
    std::vector<Message> m_messages;
};
