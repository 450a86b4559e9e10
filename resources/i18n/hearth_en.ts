<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>hearth::ui::MainWindow</name>
    <message numerus="yes">
        <source>The chats on disk were damaged. %n message(s) could be read; the damaged file is kept in “%1”.</source>
        <translation>
            <numerusform>The chats on disk were damaged. %n message could be read; the damaged file is kept in “%1”.</numerusform>
            <numerusform>The chats on disk were damaged. %n messages could be read; the damaged file is kept in “%1”.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hearth::ui::RecoveryBanner</name>
    <message numerus="yes">
        <source>The graphics card stopped answering. Your chats are saved. Hearth restarts itself in %n second(s).</source>
        <translation>
            <numerusform>The graphics card stopped answering. Your chats are saved. Hearth restarts itself in %n second.</numerusform>
            <numerusform>The graphics card stopped answering. Your chats are saved. Hearth restarts itself in %n seconds.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hearth::ui::Texts</name>
    <message numerus="yes">
        <source>%n token(s)</source>
        <translation>
            <numerusform>%n token</numerusform>
            <numerusform>%n tokens</numerusform>
        </translation>
    </message>
</context>
</TS>
