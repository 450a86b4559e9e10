#include "view/components/accessible.h"

#include "view/components/banner.h"
#include "view/components/dialog.h"
#include "view/components/graph_tile.h"
#include "view/components/meter.h"
#include "view/components/segmented.h"
#include "view/components/switch.h"
#include "view/components/toast.h"

#include <QAbstractButton>
#include <QAccessibleWidget>

namespace hearth::ui {
namespace {

/// Of the buttons that paint themselves.
class AccessibleButton : public QAccessibleWidget {
public:
    AccessibleButton(QAbstractButton* button, QAccessible::Role role)
        : QAccessibleWidget(button, role) {}

    QString text(QAccessible::Text kind) const override {
        const QString said = QAccessibleWidget::text(kind);
        return kind == QAccessible::Name && said.isEmpty() ? button()->text() : said;
    }

    QAccessible::State state() const override {
        QAccessible::State state = QAccessibleWidget::state();
        state.checkable = button()->isCheckable();
        state.checked = button()->isChecked();
        state.pressed = button()->isDown();
        return state;
    }

    QStringList actionNames() const override {
        QStringList names{button()->isCheckable() ? toggleAction() : pressAction()};
        return names + QAccessibleWidget::actionNames();
    }

    void doAction(const QString& name) override {
        if (name == pressAction() || name == toggleAction())
            button()->click();
        else
            QAccessibleWidget::doAction(name);
    }

private:
    QAbstractButton* button() const { return qobject_cast<QAbstractButton*>(widget()); }
};

/// Of what has a value in words, kept as the widget's description.
class AccessibleFact : public QAccessibleWidget {
public:
    using QAccessibleWidget::QAccessibleWidget;

    QString text(QAccessible::Text kind) const override {
        return kind == QAccessible::Value ? widget()->accessibleDescription()
                                          : QAccessibleWidget::text(kind);
    }
};

class AccessibleSegmented : public AccessibleFact {
public:
    explicit AccessibleSegmented(Segmented* segmented)
        : AccessibleFact(segmented, QAccessible::ComboBox) {}

    QStringList actionNames() const override {
        return QStringList{nextPageAction(), previousPageAction()} +
               QAccessibleWidget::actionNames();
    }

    void doAction(const QString& name) override {
        auto* segmented = qobject_cast<Segmented*>(widget());
        if (name == nextPageAction())
            segmented->setCurrent(segmented->current() + 1);
        else if (name == previousPageAction())
            segmented->setCurrent(segmented->current() - 1);
        else
            QAccessibleWidget::doAction(name);
    }
};

class AccessibleDialog : public QAccessibleWidget {
public:
    explicit AccessibleDialog(Dialog* dialog)
        : QAccessibleWidget(dialog, QAccessible::Dialog) {}

    QAccessible::State state() const override {
        QAccessible::State state = QAccessibleWidget::state();
        state.modal = true;
        return state;
    }
};

/// Qt asks for the class of the object first, then for those that it inherits.
QAccessibleInterface* make(const QString& className, QObject* object) {
    if (className == QLatin1String("QAbstractButton")) {
        auto* button = qobject_cast<QAbstractButton*>(object);
        return button ? new AccessibleButton(button, QAccessible::Button) : nullptr;
    }
    if (auto* toggle = qobject_cast<Switch*>(object))
        return new AccessibleButton(toggle, QAccessible::CheckBox);
    if (auto* segmented = qobject_cast<Segmented*>(object))
        return new AccessibleSegmented(segmented);
    if (auto* meter = qobject_cast<Meter*>(object))
        return new AccessibleFact(meter, QAccessible::ProgressBar);
    if (auto* graph = qobject_cast<GraphTile*>(object))
        return new AccessibleFact(graph, QAccessible::Chart);
    if (auto* dialog = qobject_cast<Dialog*>(object))
        return new AccessibleDialog(dialog);
    if (qobject_cast<Banner*>(object) || qobject_cast<Toast*>(object))
        return new QAccessibleWidget(qobject_cast<QWidget*>(object), QAccessible::AlertMessage);
    return nullptr;
}

} // namespace

void registerAccessibleComponents() {
    static const bool registered = [] {
        QAccessible::installFactory(make);
        return true;
    }();
    Q_UNUSED(registered)
}

} // namespace hearth::ui
