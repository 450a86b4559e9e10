<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>hearth::ui::AttachmentTray</name>
    <message numerus="yes">
        <source>%n line(s)</source>
        <translation>
            <numerusform>%n line</numerusform>
            <numerusform>%n lines</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hearth::ui::ChatListPanel</name>
    <message numerus="yes">
        <source>%n chat(s) were written to “%1”</source>
        <translation>
            <numerusform>%n chat was written to “%1”</numerusform>
            <numerusform>%n chats were written to “%1”</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n chat(s) were imported, with %1 messages</source>
        <translation>
            <numerusform>%n chat was imported, with %1 messages</numerusform>
            <numerusform>%n chats were imported, with %1 messages</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n chat(s) were deleted</source>
        <translation>
            <numerusform>%n chat was deleted</numerusform>
            <numerusform>%n chats were deleted</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n chat(s) were archived</source>
        <translation>
            <numerusform>%n chat was archived</numerusform>
            <numerusform>%n chats were archived</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n chat(s) are back in the list</source>
        <translation>
            <numerusform>%n chat is back in the list</numerusform>
            <numerusform>%n chats are back in the list</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n chosen</source>
        <translation>
            <numerusform>%n chosen</numerusform>
            <numerusform>%n chosen</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hearth::ui::CloseQuestion</name>
    <message numerus="yes">
        <source>%n reply(s) are being written</source>
        <translation>
            <numerusform>%n reply is being written</numerusform>
            <numerusform>%n replies are being written</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n download(s) are under way</source>
        <translation>
            <numerusform>%n download is under way</numerusform>
            <numerusform>%n downloads are under way</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n request(s) of other programs are being answered</source>
        <translation>
            <numerusform>%n request of another program is being answered</numerusform>
            <numerusform>%n requests of other programs are being answered</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hearth::ui::ContextDetails</name>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>and %n more</numerusform>
            <numerusform>and %n more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Forgets %n message(s):</source>
        <translation>
            <numerusform>Forgets %n message:</numerusform>
            <numerusform>Forgets %n messages:</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>To make room, %n message(s) would be forgotten:</source>
        <translation>
            <numerusform>To make room, %n message would be forgotten:</numerusform>
            <numerusform>To make room, %n messages would be forgotten:</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hearth::ui::DataSection</name>
    <message numerus="yes">
        <source>%Ln chat(s) were deleted</source>
        <translation>
            <numerusform>%Ln chat was deleted</numerusform>
            <numerusform>%Ln chats were deleted</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Delete all %Ln chat(s)?</source>
        <translation>
            <numerusform>Delete %Ln chat?</numerusform>
            <numerusform>Delete all %Ln chats?</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Delete %Ln chat(s)</source>
        <translation>
            <numerusform>Delete %Ln chat</numerusform>
            <numerusform>Delete %Ln chats</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln chat(s)</source>
        <translation>
            <numerusform>%Ln chat</numerusform>
            <numerusform>%Ln chats</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hearth::ui::DownloadTexts</name>
    <message numerus="yes">
        <source>%n second(s) left</source>
        <translation>
            <numerusform>%n second left</numerusform>
            <numerusform>%n seconds left</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n minute(s) left</source>
        <translation>
            <numerusform>%n minute left</numerusform>
            <numerusform>%n minutes left</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n hour(s) left</source>
        <translation>
            <numerusform>%n hour left</numerusform>
            <numerusform>%n hours left</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n core(s)</source>
        <translation>
            <numerusform>%n core</numerusform>
            <numerusform>%n cores</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hearth::ui::EngineSection</name>
    <message numerus="yes">
        <source>%Ln token(s)</source>
        <translation>
            <numerusform>%Ln token</numerusform>
            <numerusform>%Ln tokens</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hearth::ui::FoundModelsCard</name>
    <message numerus="yes">
        <source>Other programs have %n model(s) on this computer</source>
        <translation>
            <numerusform>Other programs have %n model on this computer</numerusform>
            <numerusform>Other programs have %n models on this computer</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Found %n model(s) on this computer</source>
        <translation>
            <numerusform>Found %n model on this computer</numerusform>
            <numerusform>Found %n models on this computer</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Show %n more</source>
        <translation>
            <numerusform>Show %n more</numerusform>
            <numerusform>Show %n more</numerusform>
        </translation>
    </message>
</context>
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
    <name>hearth::ui::OverflowNotice</name>
    <message numerus="yes">
        <source>The %n oldest message(s) will not be sent: the chat takes %1 tokens, the context holds %2.</source>
        <translation>
            <numerusform>The oldest message will not be sent: the chat takes %1 tokens, the context holds %2.</numerusform>
            <numerusform>The %n oldest messages will not be sent: the chat takes %1 tokens, the context holds %2.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hearth::ui::Rail</name>
    <message numerus="yes">
        <source>Chats: %n reply(s) are being written</source>
        <translation>
            <numerusform>Chats: %n reply is being written</numerusform>
            <numerusform>Chats: %n replies are being written</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Models: %n download(s)</source>
        <translation>
            <numerusform>Models: %n download</numerusform>
            <numerusform>Models: %n downloads</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Server: %n request(s) are being answered</source>
        <translation>
            <numerusform>Server: %n request is being answered</numerusform>
            <numerusform>Server: %n requests are being answered</numerusform>
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
    <name>hearth::ui::ReplyPanel</name>
    <message numerus="yes">
        <source>%n older message(s)</source>
        <translation>
            <numerusform>%n older message</numerusform>
            <numerusform>%n older messages</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hearth::ui::RequestList</name>
    <message numerus="yes">
        <source>paused, %n new wait(s)</source>
        <translation>
            <numerusform>paused, %n new waits</numerusform>
            <numerusform>paused, %n new wait</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hearth::ui::ServerAccess</name>
    <message numerus="yes">
        <source>%n key(s)</source>
        <translation>
            <numerusform>%n key</numerusform>
            <numerusform>%n keys</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hearth::ui::ServerModels</name>
    <message numerus="yes">
        <source>%1 of %n loaded</source>
        <translation>
            <numerusform>%1 of %n loaded</numerusform>
            <numerusform>%1 of %n loaded</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hearth::ui::ServerTexts</name>
    <message numerus="yes">
        <source>%n running</source>
        <translation>
            <numerusform>%n running</numerusform>
            <numerusform>%n running</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>%n waiting</numerusform>
            <numerusform>%n waiting</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n connection(s)</source>
        <translation>
            <numerusform>%n connection</numerusform>
            <numerusform>%n connections</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>in use by %n request(s)</source>
        <translation>
            <numerusform>in use by %n request</numerusform>
            <numerusform>in use by %n requests</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hearth::ui::Texts</name>
    <message numerus="yes">
        <source>%n older message(s) not sent</source>
        <translation>
            <numerusform>%n older message not sent</numerusform>
            <numerusform>%n older messages not sent</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 token(s)</source>
        <translation>
            <numerusform>%1 token</numerusform>
            <numerusform>%1 tokens</numerusform>
        </translation>
    </message>
</context>
</TS>
