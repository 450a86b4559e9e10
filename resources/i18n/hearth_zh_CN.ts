<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>Presets</name>
    <message>
        <source>Answer briefly and exactly. Say so when you are not certain.</source>
        <translation>回答要简短、准确。不确定时请直接说明。</translation>
    </message>
    <message>
        <source>You are an experienced programmer. Put code into fenced blocks that name the language, and keep explanations short.</source>
        <translation>你是一位经验丰富的程序员。请将代码放入注明语言的围栏代码块中，解释尽量简短。</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>均衡</translation>
    </message>
    <message>
        <source>Precise</source>
        <translation>精确</translation>
    </message>
    <message>
        <source>Creative</source>
        <translation>创意</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>编程</translation>
    </message>
</context>
<context>
    <name>hearth::ui::Actions</name>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Search all chats</source>
        <translation>搜索所有对话</translation>
    </message>
    <message>
        <source>Chat above in the list</source>
        <translation>列表中的上一个对话</translation>
    </message>
    <message>
        <source>Chat below in the list</source>
        <translation>列表中的下一个对话</translation>
    </message>
    <message>
        <source>Choose a model</source>
        <translation>选择模型</translation>
    </message>
    <message>
        <source>Find in this chat</source>
        <translation>在此对话中查找</translation>
    </message>
    <message>
        <source>Write the last reply anew</source>
        <translation>重新生成最后一条回复</translation>
    </message>
    <message>
        <source>Version before this one</source>
        <translation>上一个版本</translation>
    </message>
    <message>
        <source>Version after this one</source>
        <translation>下一个版本</translation>
    </message>
    <message>
        <source>Copy the last reply</source>
        <translation>复制最后一条回复</translation>
    </message>
    <message>
        <source>Show or hide the chats</source>
        <translation>显示或隐藏对话列表</translation>
    </message>
    <message>
        <source>Show or hide the inspector</source>
        <translation>显示或隐藏检查器</translation>
    </message>
    <message>
        <source>Go to the chats</source>
        <translation>转到对话</translation>
    </message>
    <message>
        <source>Go to the models</source>
        <translation>转到模型</translation>
    </message>
    <message>
        <source>Go to the settings</source>
        <translation>转到设置</translation>
    </message>
    <message>
        <source>Larger text</source>
        <translation>放大文字</translation>
    </message>
    <message>
        <source>Smaller text</source>
        <translation>缩小文字</translation>
    </message>
    <message>
        <source>Text at its usual size</source>
        <translation>恢复默认文字大小</translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
    <message>
        <source>Quit Hearth</source>
        <translation>退出 Hearth</translation>
    </message>
    <message>
        <source>All chats</source>
        <translation>所有对话</translation>
    </message>
    <message>
        <source>The open chat</source>
        <translation>当前对话</translation>
    </message>
    <message>
        <source>The window</source>
        <translation>窗口</translation>
    </message>
    <message>
        <source>Go to the server</source>
        <translation>前往服务器</translation>
    </message>
</context>
<context>
    <name>hearth::ui::Addresses</name>
    <message>
        <source>The address begins with https:// or http://.</source>
        <translation>地址须以 https:// 或 http:// 开头。</translation>
    </message>
    <message>
        <source>The address begins with http://, https:// or socks5://.</source>
        <translation>地址须以 http://、https:// 或 socks5:// 开头。</translation>
    </message>
    <message>
        <source>An address has no spaces.</source>
        <translation>地址中不能有空格。</translation>
    </message>
    <message>
        <source>This is no complete address. An example: %1</source>
        <translation>地址不完整。示例：%1</translation>
    </message>
    <message>
        <source>The name of the host is missing.</source>
        <translation>缺少主机名。</translation>
    </message>
    <message>
        <source>The address ends before any “?” or “#”.</source>
        <translation>地址中不能包含“?”或“#”。</translation>
    </message>
    <message>
        <source>Names and passwords don&apos;t belong into this address.</source>
        <translation>此地址中不能包含用户名或密码。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::AppearanceSection</name>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>System</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Text size</source>
        <translation>文字大小</translation>
    </message>
    <message>
        <source>Motion</source>
        <translation>动画效果</translation>
    </message>
    <message>
        <source>Full</source>
        <translation>完整</translation>
    </message>
    <message>
        <source>Reduced</source>
        <translation>减弱</translation>
    </message>
    <message>
        <source>Reduced: nothing fades or slides.</source>
        <translation>减弱：不使用淡入淡出和滑动效果。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::AttachmentReader</name>
    <message>
        <source>“%1” was not found.</source>
        <translation>找不到“%1”。</translation>
    </message>
    <message>
        <source>“%1” is a folder. Only text files can be attached.</source>
        <translation>“%1”是文件夹。只能附加文本文件。</translation>
    </message>
    <message>
        <source>“%1” has %2. Text files of up to %3 can be attached.</source>
        <translation>“%1”的大小为 %2。只能附加不超过 %3 的文本文件。</translation>
    </message>
    <message>
        <source>“%1” could not be read.</source>
        <translation>无法读取“%1”。</translation>
    </message>
    <message>
        <source>“%1” is no text file. Only text can be attached.</source>
        <translation>“%1”不是文本文件。只能附加文本文件。</translation>
    </message>
    <message>
        <source>“%1” is empty.</source>
        <translation>“%1”是空文件。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::AttachmentTray</name>
    <message numerus="yes">
        <source>%n line(s)</source>
        <translation>
            <numerusform>%n 行</numerusform>
        </translation>
    </message>
    <message>
        <source>the beginning is shown</source>
        <translation>仅显示开头部分</translation>
    </message>
    <message>
        <source>Attached: %1 %2</source>
        <translation>附件：%1 %2</translation>
    </message>
</context>
<context>
    <name>hearth::ui::Banner</name>
    <message>
        <source>Dismiss</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>hearth::ui::Button</name>
    <message>
        <source>Working</source>
        <translation>处理中</translation>
    </message>
</context>
<context>
    <name>hearth::ui::CatalogueSection</name>
    <message>
        <source>Models to download</source>
        <translation>可下载的模型</translation>
    </message>
    <message>
        <source>recommended</source>
        <translation>推荐</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>下载</translation>
    </message>
    <message>
        <source>Download %1</source>
        <translation>下载 %1</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ChatEmptyState</name>
    <message>
        <source>What would you like to talk about?</source>
        <translation>想聊点什么？</translation>
    </message>
    <message>
        <source>“%1” is small, for trying. It runs on this computer and nothing you write leaves it.</source>
        <translation>“%1”是供试用的小模型。它在这台电脑上运行，你写的内容不会离开这里。</translation>
    </message>
    <message>
        <source>“%1” runs on this computer and nothing you write leaves it.</source>
        <translation>“%1”在这台电脑上运行，你写的内容不会离开这里。</translation>
    </message>
    <message>
        <source>Write an example for me</source>
        <translation>帮我写一个示例</translation>
    </message>
    <message>
        <source>“%1” is loading</source>
        <translation>正在载入“%1”</translation>
    </message>
    <message>
        <source>You can write already: your message is sent as soon as the model is ready.</source>
        <translation>现在就可以开始写：模型就绪后，消息会立即发送。</translation>
    </message>
    <message>
        <source>The graphics card stopped answering</source>
        <translation>显卡已停止响应</translation>
    </message>
    <message>
        <source>Hearth can use it again after a restart.</source>
        <translation>重启 Hearth 后可以再次使用显卡。</translation>
    </message>
    <message>
        <source>Restart</source>
        <translation>重启</translation>
    </message>
    <message>
        <source>“%1” could not be loaded</source>
        <translation>无法载入“%1”</translation>
    </message>
    <message>
        <source>“%1” is not in your library</source>
        <translation>模型库中没有“%1”</translation>
    </message>
    <message>
        <source>No model is loaded</source>
        <translation>未载入模型</translation>
    </message>
    <message>
        <source>Choose another of your models, or add the file again.</source>
        <translation>请选择其他模型，或重新添加该文件。</translation>
    </message>
    <message>
        <source>Add a model file (GGUF) or the folder of a model to begin. The starter model comes with packaging/start.</source>
        <translation>添加一个模型文件（GGUF）或模型文件夹即可开始。入门模型可通过 packaging/start 获得。</translation>
    </message>
    <message>
        <source>Choose a model</source>
        <translation>选择模型</translation>
    </message>
    <message>
        <source>Add a model…</source>
        <translation>添加模型…</translation>
    </message>
    <message>
        <source>Explain in a few sentences how a campfire gives off heat.</source>
        <translation>请用几句话解释篝火是如何散发热量的。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ChatListDelegate</name>
    <message>
        <source>Today</source>
        <translation>今天</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>昨天</translation>
    </message>
    <message>
        <source>Previous 7 days</source>
        <translation>过去 7 天</translation>
    </message>
    <message>
        <source>Earlier</source>
        <translation>更早</translation>
    </message>
    <message>
        <source>Pinned</source>
        <translation>已置顶</translation>
    </message>
    <message>
        <source>In “%1”</source>
        <translation>在“%1”中</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ChatListModel</name>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ChatListPanel</name>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>No chat contains “%1”.</source>
        <translation>没有包含“%1”的对话。</translation>
    </message>
    <message>
        <source>Your chats will be listed here.</source>
        <translation>你的对话会列在这里。</translation>
    </message>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Search chats</source>
        <translation>搜索对话</translation>
    </message>
    <message>
        <source>Chats</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation>取消置顶</translation>
    </message>
    <message>
        <source>Pin</source>
        <translation>置顶</translation>
    </message>
    <message>
        <source>Move to folder</source>
        <translation>移到文件夹</translation>
    </message>
    <message>
        <source>In no folder</source>
        <translation>不放入文件夹</translation>
    </message>
    <message>
        <source>New folder…</source>
        <translation>新建文件夹…</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>As JSON…</source>
        <translation>导出为 JSON…</translation>
    </message>
    <message>
        <source>As Markdown…</source>
        <translation>导出为 Markdown…</translation>
    </message>
    <message>
        <source>Back into the list</source>
        <translation>移回列表</translation>
    </message>
    <message>
        <source>Archive</source>
        <translation>归档</translation>
    </message>
    <message>
        <source>All chats</source>
        <translation>所有对话</translation>
    </message>
    <message>
        <source>Archived</source>
        <translation>已归档</translation>
    </message>
    <message>
        <source>Rename this folder…</source>
        <translation>重命名此文件夹…</translation>
    </message>
    <message>
        <source>Import chats…</source>
        <translation>导入对话…</translation>
    </message>
    <message>
        <source>Export those shown as JSON…</source>
        <translation>将显示的对话导出为 JSON…</translation>
    </message>
    <message>
        <source>Export those shown as Markdown…</source>
        <translation>将显示的对话导出为 Markdown…</translation>
    </message>
    <message>
        <source>New folder</source>
        <translation>新建文件夹</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Create</source>
        <translation>创建</translation>
    </message>
    <message>
        <source>Rename folder</source>
        <translation>重命名文件夹</translation>
    </message>
    <message>
        <source>Export chats</source>
        <translation>导出对话</translation>
    </message>
    <message>
        <source>Import chats</source>
        <translation>导入对话</translation>
    </message>
    <message>
        <source>Chats (*.json)</source>
        <translation>对话 (*.json)</translation>
    </message>
    <message numerus="yes">
        <source>%n chat(s) were written to “%1”</source>
        <translation>
            <numerusform>已将 %n 个对话写入“%1”</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n chat(s) were imported, with %1 messages</source>
        <translation>
            <numerusform>已导入 %n 个对话，共 %1 条消息</numerusform>
        </translation>
    </message>
    <message>
        <source>“%1” did not work: %2</source>
        <translation>“%1”处理失败：%2</translation>
    </message>
    <message>
        <source>“%1” was deleted</source>
        <translation>已删除“%1”</translation>
    </message>
    <message numerus="yes">
        <source>%n chat(s) were deleted</source>
        <translation>
            <numerusform>已删除 %n 个对话</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n chat(s) were archived</source>
        <translation>
            <numerusform>已归档 %n 个对话</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n chat(s) are back in the list</source>
        <translation>
            <numerusform>已将 %n 个对话移回列表</numerusform>
        </translation>
    </message>
    <message>
        <source>Chats that you archive are kept here, out of the way.</source>
        <translation>归档的对话会收在这里，不再占用列表。</translation>
    </message>
    <message>
        <source>Shown: %1</source>
        <translation>当前显示：%1</translation>
    </message>
    <message>
        <source>Which chats are shown</source>
        <translation>选择要显示的对话</translation>
    </message>
    <message numerus="yes">
        <source>%n chosen</source>
        <translation>
            <numerusform>已选 %n 个</numerusform>
        </translation>
    </message>
    <message>
        <source>Import and export</source>
        <translation>导入和导出</translation>
    </message>
    <message>
        <source>Export as JSON…</source>
        <translation>导出为 JSON…</translation>
    </message>
    <message>
        <source>Let go of the chosen (Esc)</source>
        <translation>取消选择（Esc）</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ChatPage</name>
    <message>
        <source>Code copied</source>
        <translation>代码已复制</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
    <message>
        <source>This chat goes its own way from here</source>
        <translation>已从此处分叉为新对话</translation>
    </message>
    <message>
        <source>The long text is attached as a file</source>
        <translation>长文本已作为文件附加</translation>
    </message>
    <message>
        <source>The oldest messages are sent as a summary from now on</source>
        <translation>从现在起，最早的消息将以摘要形式发送</translation>
    </message>
    <message>
        <source>The oldest messages could not be summarised</source>
        <translation>无法为最早的消息生成摘要</translation>
    </message>
    <message>
        <source>Sent as soon as the model is ready</source>
        <translation>模型就绪后立即发送</translation>
    </message>
    <message>
        <source>Waits until a model is loaded</source>
        <translation>等待载入模型</translation>
    </message>
    <message>
        <source>Attach text files</source>
        <translation>附加文本文件</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ChatTransfer</name>
    <message>
        <source>A message lacks its id, its role or its text.</source>
        <translation>有消息缺少 ID、角色或文本。</translation>
    </message>
    <message>
        <source>A chat lacks its title or its messages.</source>
        <translation>有对话缺少标题或消息。</translation>
    </message>
    <message>
        <source>The file was written by a newer Hearth.</source>
        <translation>此文件由更新版本的 Hearth 写入。</translation>
    </message>
    <message>
        <source>The file holds no chats of Hearth, ChatGPT or Open WebUI.</source>
        <translation>文件中没有 Hearth、ChatGPT 或 Open WebUI 的对话。</translation>
    </message>
    <message>
        <source>The file is not JSON (byte %1: %2).</source>
        <translation>文件不是 JSON 格式（字节 %1：%2）。</translation>
    </message>
    <message>
        <source>The file holds no chats.</source>
        <translation>文件中没有对话。</translation>
    </message>
    <message>
        <source>Two messages of a chat have the same id.</source>
        <translation>同一对话中有两条消息的 ID 相同。</translation>
    </message>
    <message>
        <source>A message follows one that is not in the file.</source>
        <translation>有消息的上一条消息不在文件中。</translation>
    </message>
    <message>
        <source>Messages of a chat follow each other in a circle.</source>
        <translation>对话中的消息存在循环引用。</translation>
    </message>
    <message>
        <source>Model: %1</source>
        <translation>模型：%1</translation>
    </message>
    <message>
        <source>Preset: %1</source>
        <translation>预设：%1</translation>
    </message>
    <message>
        <source>Temperature: %1</source>
        <translation>温度：%1</translation>
    </message>
    <message>
        <source>Top P: %1</source>
        <translation>Top P：%1</translation>
    </message>
    <message>
        <source>You</source>
        <translation>你</translation>
    </message>
    <message>
        <source>System</source>
        <translation>系统</translation>
    </message>
    <message>
        <source>Reply</source>
        <translation>回复</translation>
    </message>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>The folder can&apos;t be made.</source>
        <translation>无法创建文件夹。</translation>
    </message>
    <message>
        <source>There is no such file.</source>
        <translation>没有这个文件。</translation>
    </message>
    <message>
        <source>The file is larger than 200 MB.</source>
        <translation>文件超过 200 MB。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ChatView</name>
    <message>
        <source>Image:</source>
        <translation>图片：</translation>
    </message>
    <message>
        <source>Conversation</source>
        <translation>对话内容</translation>
    </message>
    <message>
        <source>Go to the end</source>
        <translation>跳到末尾</translation>
    </message>
    <message>
        <source>Copy selection</source>
        <translation>复制所选内容</translation>
    </message>
    <message>
        <source>Copy link</source>
        <translation>复制链接</translation>
    </message>
    <message>
        <source>Copy message</source>
        <translation>复制消息</translation>
    </message>
    <message>
        <source>Regenerate</source>
        <translation>重新生成</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>编辑</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Select all</source>
        <translation>全选</translation>
    </message>
    <message>
        <source>Thinking…</source>
        <translation>思考中…</translation>
    </message>
    <message>
        <source>Thoughts</source>
        <translation>思考过程</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Previous version</source>
        <translation>上一个版本</translation>
    </message>
    <message>
        <source>Next version</source>
        <translation>下一个版本</translation>
    </message>
    <message>
        <source>You</source>
        <translation>你</translation>
    </message>
    <message>
        <source>Notice</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>Branch to a new chat</source>
        <translation>分叉为新对话</translation>
    </message>
    <message>
        <source>Hearth</source>
        <translation>Hearth</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ChatsSection</name>
    <message>
        <source>Chats</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Titles by the model</source>
        <translation>由模型生成标题</translation>
    </message>
    <message>
        <source>After the first reply the model names the chat, while it has nothing else to do.</source>
        <translation>首次回复后，模型会在空闲时为对话命名。</translation>
    </message>
    <message>
        <source>Your presets</source>
        <translation>你的预设</translation>
    </message>
    <message>
        <source>None yet. A chat&apos;s inspector keeps its system prompt and sampling as a preset.</source>
        <translation>还没有预设。可在对话的检查器中将系统提示词和采样设置存为预设。</translation>
    </message>
    <message>
        <source>Rename “%1”</source>
        <translation>重命名“%1”</translation>
    </message>
    <message>
        <source>Delete “%1”</source>
        <translation>删除“%1”</translation>
    </message>
    <message>
        <source>Rename the preset</source>
        <translation>重命名预设</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Another preset has this name.</source>
        <translation>已有同名预设。</translation>
    </message>
    <message>
        <source>“%1” was deleted</source>
        <translation>已删除“%1”</translation>
    </message>
</context>
<context>
    <name>hearth::ui::Chip</name>
    <message>
        <source>Remove %1</source>
        <translation>移除 %1</translation>
    </message>
</context>
<context>
    <name>hearth::ui::CloseQuestion</name>
    <message numerus="yes">
        <source>%n reply(s) are being written</source>
        <translation>
            <numerusform>正在生成 %n 条回复</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n download(s) are under way</source>
        <translation>
            <numerusform>正在进行 %n 个下载</numerusform>
        </translation>
    </message>
    <message>
        <source>What is there already is kept, and can be continued later.</source>
        <translation>已生成的内容会保留，之后可以继续。</translation>
    </message>
    <message>
        <source>Downloads go on where they stopped when Hearth is opened again.</source>
        <translation>再次打开 Hearth 时，下载会从中断处继续。</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Keep in the tray</source>
        <translation>保留在托盘</translation>
    </message>
    <message>
        <source>Stop and close</source>
        <translation>停止并关闭</translation>
    </message>
    <message numerus="yes">
        <source>%n request(s) of other programs are being answered</source>
        <translation>
            <numerusform>正在答复其他程序的 %n 个请求</numerusform>
        </translation>
    </message>
    <message>
        <source>Other programs get the rest of their answers only if the server goes on; it ends with Hearth.</source>
        <translation>只有服务器继续运行，其他程序才能收到余下的答复；服务器会随 Hearth 一起结束。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::CodeHeader</name>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>文本</translation>
    </message>
</context>
<context>
    <name>hearth::ui::Composer</name>
    <message>
        <source>Stop (Esc)</source>
        <translation>停止（Esc）</translation>
    </message>
    <message>
        <source>Send (Enter)</source>
        <translation>发送（Enter）</translation>
    </message>
    <message>
        <source>Write a message…</source>
        <translation>写点什么…</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Enter sends, Shift+Enter begins a line</source>
        <translation>Enter 发送，Shift+Enter 换行</translation>
    </message>
    <message>
        <source>Editing an earlier message: sending makes a new branch</source>
        <translation>正在编辑之前的消息：发送后会产生新的分支</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Pasted text</source>
        <translation>粘贴的文本</translation>
    </message>
    <message>
        <source>Pasted text %1</source>
        <translation>粘贴的文本 %1</translation>
    </message>
    <message>
        <source>Attach text files</source>
        <translation>附加文本文件</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ConnectSnippets</name>
    <message>
        <source>Python, with OpenAI&apos;s own package.</source>
        <translation>Python，使用 OpenAI 官方软件包。</translation>
    </message>
    <message>
        <source>A line for a terminal.</source>
        <translation>用于终端的一行命令。</translation>
    </message>
    <message>
        <source>In Cline&apos;s settings, under API Configuration.</source>
        <translation>在 Cline 设置的 API Configuration 中填写。</translation>
    </message>
    <message>
        <source>In the file ~/.continue/config.yaml.</source>
        <translation>写入文件 ~/.continue/config.yaml。</translation>
    </message>
    <message>
        <source>As variables of its start, or in its settings under Connections.</source>
        <translation>作为启动时的环境变量，或在其设置的 Connections 中填写。</translation>
    </message>
    <message>
        <source>In the terminal where aider runs.</source>
        <translation>在运行 aider 的终端中执行。</translation>
    </message>
    <message>
        <source>For programs that know only Ollama: put this where they ask for its address.</source>
        <translation>用于只支持 Ollama 的程序：填在要求 Ollama 地址的地方。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ContextDetails</name>
    <message>
        <source>Reply: %1</source>
        <translation>回复：%1</translation>
    </message>
    <message>
        <source>You: %1</source>
        <translation>你：%1</translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>还有 %n 条</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 of %2 tokens</source>
        <translation>%1 / %2 词元</translation>
    </message>
    <message>
        <source>Known as soon as a model is loaded.</source>
        <translation>载入模型后即可显示。</translation>
    </message>
    <message numerus="yes">
        <source>Forgets %n message(s):</source>
        <translation>
            <numerusform>将遗忘 %n 条消息：</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>To make room, %n message(s) would be forgotten:</source>
        <translation>
            <numerusform>若要腾出空间，会遗忘 %n 条消息：</numerusform>
        </translation>
    </message>
    <message>
        <source>System prompt</source>
        <translation>系统提示词</translation>
    </message>
    <message>
        <source>Summary of older messages</source>
        <translation>较早消息的摘要</translation>
    </message>
    <message>
        <source>Conversation</source>
        <translation>对话内容</translation>
    </message>
    <message>
        <source>What is written now</source>
        <translation>正在输入的内容</translation>
    </message>
    <message>
        <source>Attached to it</source>
        <translation>随附的附件</translation>
    </message>
    <message>
        <source>Kept free for the reply</source>
        <translation>为回复预留</translation>
    </message>
    <message>
        <source>Context used</source>
        <translation>已用上下文</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ContextMeter</name>
    <message>
        <source>%1 of %2 tokens of context, with the system prompt and what is written here</source>
        <translation>上下文已用 %1 / %2 词元，包括系统提示词和正在输入的内容</translation>
    </message>
    <message>
        <source>Context used</source>
        <translation>已用上下文</translation>
    </message>
</context>
<context>
    <name>hearth::ui::DataSection</name>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Export all chats…</source>
        <translation>导出全部对话…</translation>
    </message>
    <message>
        <source>Export all as text…</source>
        <translation>全部导出为文本…</translation>
    </message>
    <message>
        <source>Delete all chats…</source>
        <translation>删除全部对话…</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Chats, settings and added models stay in this folder.</source>
        <translation>对话、设置和添加的模型都保存在此文件夹中。</translation>
    </message>
    <message>
        <source>Import chats…</source>
        <translation>导入对话…</translation>
    </message>
    <message>
        <source>Export all chats</source>
        <translation>导出全部对话</translation>
    </message>
    <message>
        <source>Import chats</source>
        <translation>导入对话</translation>
    </message>
    <message>
        <source>Chats (*.json)</source>
        <translation>对话 (*.json)</translation>
    </message>
    <message numerus="yes">
        <source>%Ln chat(s) were deleted</source>
        <translation>
            <numerusform>已删除 %Ln 个对话</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Delete all %Ln chat(s)?</source>
        <translation>
            <numerusform>删除全部 %Ln 个对话？</numerusform>
        </translation>
    </message>
    <message>
        <source>Archived ones too. For ten seconds they can be brought back, then they are gone for good.</source>
        <translation>已归档的对话也会删除。十秒内可以撤销，之后将无法恢复。</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message numerus="yes">
        <source>Delete %Ln chat(s)</source>
        <translation>
            <numerusform>删除 %Ln 个对话</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln chat(s)</source>
        <translation>
            <numerusform>%Ln 个对话</numerusform>
        </translation>
    </message>
    <message>
        <source>%1, %2 on disk.</source>
        <translation>%1，占用磁盘 %2。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::DesktopSection</name>
    <message>
        <source>Desktop</source>
        <translation>桌面</translation>
    </message>
    <message>
        <source>Notifications</source>
        <translation>通知</translation>
    </message>
    <message>
        <source>When a reply or a download is finished and the window is not in front. They name the chat, never what it says.</source>
        <translation>窗口不在前台时，回复或下载完成后发出通知。通知只显示对话名称，不显示内容。</translation>
    </message>
    <message>
        <source>Close to the tray</source>
        <translation>关闭到托盘</translation>
    </message>
    <message>
        <source>Closing the window leaves Hearth running, with its model loaded.</source>
        <translation>关闭窗口后，Hearth 继续运行，模型保持载入。</translation>
    </message>
    <message>
        <source>This desktop shows no tray.</source>
        <translation>此桌面环境不显示托盘。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::DeviceNotice</name>
    <message>
        <source>Dismiss</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>hearth::ui::DownloadStrip</name>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Go on with the download</source>
        <translation>继续下载</translation>
    </message>
    <message>
        <source>Pause the download</source>
        <translation>暂停下载</translation>
    </message>
    <message>
        <source>Cancel the download</source>
        <translation>取消下载</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>下载</translation>
    </message>
    <message>
        <source>Waiting for the download before it…</source>
        <translation>正在等待前一个下载完成…</translation>
    </message>
    <message>
        <source>Paused at %1 of %2</source>
        <translation>已暂停：%1 / %2</translation>
    </message>
</context>
<context>
    <name>hearth::ui::DownloadTexts</name>
    <message>
        <source>%1 does not give this file to everyone (HTTP %2).</source>
        <translation>%1 未公开提供此文件（HTTP %2）。</translation>
    </message>
    <message>
        <source>%1 does not have this file (HTTP 404).</source>
        <translation>%1 上没有此文件（HTTP 404）。</translation>
    </message>
    <message>
        <source>%1 refused the download (HTTP %2).</source>
        <translation>%1 拒绝了下载（HTTP %2）。</translation>
    </message>
    <message numerus="yes">
        <source>%n second(s) left</source>
        <translation>
            <numerusform>剩余 %n 秒</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n minute(s) left</source>
        <translation>
            <numerusform>剩余 %n 分钟</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n hour(s) left</source>
        <translation>
            <numerusform>剩余 %n 小时</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 · %2 of %3 free</source>
        <translation>%1 · 可用 %2 / %3</translation>
    </message>
    <message>
        <source>The network can&apos;t be reached.</source>
        <translation>无法连接网络。</translation>
    </message>
    <message>
        <source>%1 can&apos;t be reached.</source>
        <translation>无法连接 %1。</translation>
    </message>
    <message>
        <source>The connection can&apos;t be trusted: its certificate is not valid here. A company&apos;s proxy may be in between.</source>
        <translation>连接不可信：证书在这台电脑上无效。可能经过了公司的代理。</translation>
    </message>
    <message>
        <source>The server sent something else than the model (%1). A network&apos;s sign-in page may be in between.</source>
        <translation>服务器返回的不是模型（%1）。可能被网络登录页面拦截。</translation>
    </message>
    <message>
        <source>What arrived was damaged on its way, so it was thrown away.</source>
        <translation>收到的数据在传输中损坏，已丢弃。</translation>
    </message>
    <message>
        <source>The disk is full.</source>
        <translation>磁盘已满。</translation>
    </message>
    <message>
        <source>The disk lacks room: needs %1, %2 free.</source>
        <translation>磁盘空间不足：需要 %1，可用 %2。</translation>
    </message>
    <message>
        <source>Python&apos;s pip is not installed. Install the package python3-pip, then try again.</source>
        <translation>未安装 Python 的 pip。请安装软件包 python3-pip，然后重试。</translation>
    </message>
    <message>
        <source>“%1” can&apos;t be run. Install the packages python3 and python3-pip, then try again.</source>
        <translation>无法运行“%1”。请安装软件包 python3 和 python3-pip，然后重试。</translation>
    </message>
    <message>
        <source>Mirror and proxy…</source>
        <translation>镜像和代理…</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation>正在连接…</translation>
    </message>
    <message>
        <source>No answer. Trying again in a moment…</source>
        <translation>没有响应，稍后自动重试…</translation>
    </message>
    <message>
        <source>The server is busy. Trying again in a moment…</source>
        <translation>服务器繁忙，稍后自动重试…</translation>
    </message>
    <message>
        <source>Checking what arrived…</source>
        <translation>正在校验已下载的内容…</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>%1/s</source>
        <translation>%1/秒</translation>
    </message>
    <message numerus="yes">
        <source>%n core(s)</source>
        <translation>
            <numerusform>%n 个核心</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 of %2 of memory free</source>
        <translation>可用内存 %1 / %2</translation>
    </message>
    <message>
        <source>no NVIDIA graphics card in use</source>
        <translation>未使用 NVIDIA 显卡</translation>
    </message>
    <message>
        <source>Hearth computes on the CPU. %1</source>
        <translation>Hearth 使用 CPU 进行计算。%1</translation>
    </message>
    <message>
        <source>English</source>
        <translation>英语</translation>
    </message>
    <message>
        <source>English and other European languages</source>
        <translation>英语及其他欧洲语言</translation>
    </message>
    <message>
        <source>English, Chinese and many more</source>
        <translation>英语、中文及其他多种语言</translation>
    </message>
    <message>
        <source>~%1 tok/s</source>
        <translation>约 %1 词元/秒</translation>
    </message>
    <message>
        <source>%1 tok/s</source>
        <translation>%1 词元/秒</translation>
    </message>
    <message>
        <source>fits the graphics card with %1 of context</source>
        <translation>显卡可容纳，上下文 %1</translation>
    </message>
    <message>
        <source>fits with %1 of context</source>
        <translation>可容纳，上下文 %1</translation>
    </message>
    <message>
        <source>needs %1 of memory, %2 free</source>
        <translation>需要内存 %1，可用 %2</translation>
    </message>
    <message>
        <source>needs %1 of disk, %2 free</source>
        <translation>需要磁盘空间 %1，可用 %2</translation>
    </message>
    <message>
        <source>slow here, about %1 tokens a second</source>
        <translation>在此较慢，每秒约 %1 个词元</translation>
    </message>
    <message>
        <source>slow on this processor</source>
        <translation>在此处理器上较慢</translation>
    </message>
    <message>
        <source>%1 of %2 of graphics memory</source>
        <translation>显存 %1 / %2</translation>
    </message>
    <message>
        <source>%1 of %2 of memory</source>
        <translation>内存 %1 / %2</translation>
    </message>
    <message>
        <source>The strongest model that your graphics card holds whole, so it answers fast.</source>
        <translation>显卡能完整容纳的最强模型，因此回复很快。</translation>
    </message>
    <message>
        <source>The strongest model that fits into your free memory (%1).</source>
        <translation>可用内存（%1）能容纳的最强模型。</translation>
    </message>
    <message>
        <source>The strongest model that Hearth recommends; your machine has room for it.</source>
        <translation>Hearth 推荐的最强模型，这台电脑可以容纳。</translation>
    </message>
    <message>
        <source>%1 would fit too, but write only about %2 tokens a second here, slower than one reads.</source>
        <translation>也可容纳 %1，但在此每秒只能生成约 %2 个词元，比阅读速度还慢。</translation>
    </message>
    <message>
        <source>%1 would fit too, but be slow on this processor.</source>
        <translation>也可容纳 %1，但在此处理器上会较慢。</translation>
    </message>
    <message>
        <source>%1 would run too, but needs %2 of disk; %3 are free.</source>
        <translation>也可运行 %1，但需要磁盘空间 %2，可用 %3。</translation>
    </message>
    <message>
        <source>It is on this computer already, and a download would bring nothing better.</source>
        <translation>这台电脑上已有此模型，下载其他模型也不会更好。</translation>
    </message>
    <message>
        <source>It is on this computer already, so it needs no network.</source>
        <translation>这台电脑上已有此模型，无需联网。</translation>
    </message>
    <message>
        <source>Free memory (%1) is too small for the models that Hearth recommends. The starter runs all the same.</source>
        <translation>可用内存（%1）不足以运行 Hearth 推荐的模型，但入门模型仍可运行。</translation>
    </message>
    <message>
        <source>The disk has %1 free; the smallest model that Hearth recommends needs %2.</source>
        <translation>磁盘可用空间 %1，Hearth 推荐的最小模型需要 %2。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::DownloadsSection</name>
    <message>
        <source>Models and downloads</source>
        <translation>模型和下载</translation>
    </message>
    <message>
        <source>Mirror of the hub</source>
        <translation>Hugging Face 镜像</translation>
    </message>
    <message>
        <source>Where models are downloaded from. Set one where the hub can&apos;t be reached; what comes from it is checked all the same.</source>
        <translation>模型的下载来源。无法访问 Hugging Face 时可设置镜像，从镜像下载的内容同样会校验。</translation>
    </message>
    <message>
        <source>Proxy</source>
        <translation>代理</translation>
    </message>
    <message>
        <source>For downloads only. Empty: as the system has it.</source>
        <translation>仅用于下载。留空则使用系统代理设置。</translation>
    </message>
    <message>
        <source>Folders with models</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>Add folder…</source>
        <translation>添加文件夹…</translation>
    </message>
    <message>
        <source>Models there are used where they lie; nothing is copied, and nothing in these folders is ever deleted.</source>
        <translation>这些文件夹中的模型直接在原处使用：不会复制，也绝不会删除其中的任何内容。</translation>
    </message>
    <message>
        <source>Choose a folder with models</source>
        <translation>选择模型文件夹</translation>
    </message>
    <message>
        <source>Only Hearth&apos;s own folder is looked through.</source>
        <translation>仅在 Hearth 自己的文件夹中查找模型。</translation>
    </message>
    <message>
        <source>Look no more in “%1”</source>
        <translation>不再在“%1”中查找</translation>
    </message>
</context>
<context>
    <name>hearth::ui::DropCurtain</name>
    <message>
        <source>Drop text files to attach them</source>
        <translation>将文本文件拖放到此处即可附加</translation>
    </message>
</context>
<context>
    <name>hearth::ui::EngineSection</name>
    <message>
        <source>Engine</source>
        <translation>引擎</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Context of a chat</source>
        <translation>对话上下文</translation>
    </message>
    <message>
        <source>Memory of a chat</source>
        <translation>对话内存</translation>
    </message>
    <message>
        <source>A change here loads the model again, which takes a moment.</source>
        <translation>更改此处的设置会重新载入模型，需要片刻。</translation>
    </message>
    <message>
        <source>As long as the model&apos;s</source>
        <translation>与模型上限相同</translation>
    </message>
    <message numerus="yes">
        <source>%Ln token(s)</source>
        <translation>
            <numerusform>%Ln 个词元</numerusform>
        </translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>16 bits</source>
        <translation>16 位</translation>
    </message>
    <message>
        <source>8 bits</source>
        <translation>8 位</translation>
    </message>
    <message>
        <source>32 bits</source>
        <translation>32 位</translation>
    </message>
    <message>
        <source>How exactly the model remembers what was said (KV cache). 8 bits take half the memory of 16, so twice the context fits, for a slight loss.</source>
        <translation>模型记忆对话内容的精度（KV 缓存）。8 位占用的内存是 16 位的一半，可容纳两倍的上下文，精度略有损失。</translation>
    </message>
    <message>
        <source>Processor threads</source>
        <translation>处理器线程</translation>
    </message>
    <message>
        <source>At 0, Hearth uses one thread for each processor core, which is fastest. Fewer leave more of the computer to other programs.</source>
        <translation>设为 0 时，Hearth 为每个处理器核心使用一个线程，速度最快。减少线程数可为其他程序留出更多资源。</translation>
    </message>
    <message>
        <source>How much of a chat the model sees at once; longer takes more memory.</source>
        <translation>模型一次能看到多少对话内容；越长占用的内存越多。</translation>
    </message>
    <message>
        <source>“%1” holds %2 tokens now, each thousand of them takes %3.</source>
        <translation>“%1”目前可容纳 %2 个词元，每 1000 个占用 %3。</translation>
    </message>
    <message>
        <source>CPU</source>
        <translation>CPU</translation>
    </message>
    <message>
        <source>%1 (not there)</source>
        <translation>%1（不存在）</translation>
    </message>
    <message>
        <source>Automatic takes the graphics card where the model fits.</source>
        <translation>“自动”会在显存足够时使用显卡。</translation>
    </message>
    <message>
        <source>“%1” runs on: %2.</source>
        <translation>“%1”运行于：%2。</translation>
    </message>
    <message>
        <source>The model could not be loaded so: %1 What was set before is in use again.</source>
        <translation>无法按此设置载入模型：%1已恢复之前的设置。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::FindBar</name>
    <message>
        <source>None</source>
        <translation>无结果</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>Find in this chat</source>
        <translation>在此对话中查找</translation>
    </message>
    <message>
        <source>Previous (Shift+Enter)</source>
        <translation>上一个（Shift+Enter）</translation>
    </message>
    <message>
        <source>Next (Enter)</source>
        <translation>下一个（Enter）</translation>
    </message>
    <message>
        <source>Close (Esc)</source>
        <translation>关闭（Esc）</translation>
    </message>
</context>
<context>
    <name>hearth::ui::FoundModelsCard</name>
    <message>
        <source>Library</source>
        <translation>模型库</translation>
    </message>
    <message numerus="yes">
        <source>Other programs have %n model(s) on this computer</source>
        <translation>
            <numerusform>其他程序在这台电脑上有 %n 个模型</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Found %n model(s) on this computer</source>
        <translation>
            <numerusform>在这台电脑上找到 %n 个模型</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Show %n more</source>
        <translation>
            <numerusform>再显示 %n 个</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 context</source>
        <translation>上下文 %1</translation>
    </message>
    <message>
        <source>Hearth can&apos;t run it: %1</source>
        <translation>Hearth 无法运行此模型：%1</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>使用</translation>
    </message>
    <message>
        <source>Use %1</source>
        <translation>使用 %1</translation>
    </message>
</context>
<context>
    <name>hearth::ui::Gallery</name>
    <message>
        <source>Normal</source>
        <translation>常态</translation>
    </message>
    <message>
        <source>Hovered</source>
        <translation>悬停</translation>
    </message>
    <message>
        <source>Pressed</source>
        <translation>按下</translation>
    </message>
    <message>
        <source>Focused</source>
        <translation>聚焦</translation>
    </message>
    <message>
        <source>Disabled</source>
        <translation>禁用</translation>
    </message>
    <message>
        <source>Busy now</source>
        <translation>忙碌</translation>
    </message>
    <message>
        <source>With an icon</source>
        <translation>带图标</translation>
    </message>
    <message>
        <source>Icon button</source>
        <translation>图标按钮</translation>
    </message>
    <message>
        <source>Example</source>
        <translation>示例</translation>
    </message>
    <message>
        <source>Switch</source>
        <translation>开关</translation>
    </message>
    <message>
        <source>On</source>
        <translation>开</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>关</translation>
    </message>
    <message>
        <source>Check box</source>
        <translation>复选框</translation>
    </message>
    <message>
        <source>Unchecked</source>
        <translation>未选</translation>
    </message>
    <message>
        <source>Radio</source>
        <translation>单选</translation>
    </message>
    <message>
        <source>Segmented</source>
        <translation>分段选择</translation>
    </message>
    <message>
        <source>System</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>Combo</source>
        <translation>下拉框</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Quiet</source>
        <translation>低调</translation>
    </message>
    <message>
        <source>Field</source>
        <translation>输入框</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>What to call it</source>
        <translation>如何称呼它</translation>
    </message>
    <message>
        <source>Shown in the list of chats.</source>
        <translation>显示在对话列表中。</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>端口</translation>
    </message>
    <message>
        <source>Ports below 1024 need administrator rights.</source>
        <translation>1024 以下的端口需要管理员权限。</translation>
    </message>
    <message>
        <source>Slider</source>
        <translation>滑块</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>Chip</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Fits</source>
        <translation>可容纳</translation>
    </message>
    <message>
        <source>Split</source>
        <translation>拆分</translation>
    </message>
    <message>
        <source>Chosen</source>
        <translation>已选</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>下载</translation>
    </message>
    <message>
        <source>Loading</source>
        <translation>载入中</translation>
    </message>
    <message>
        <source>Meter</source>
        <translation>计量条</translation>
    </message>
    <message>
        <source>Context</source>
        <translation>上下文</translation>
    </message>
    <message>
        <source>Banner</source>
        <translation>横幅</translation>
    </message>
    <message>
        <source>The model is loading; your message waits for it.</source>
        <translation>模型正在载入，你的消息在等待。</translation>
    </message>
    <message>
        <source>Saved to ~/models/qwen-8b-w4.</source>
        <translation>已保存到 ~/models/qwen-8b-w4。</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>The context is 84% full.</source>
        <translation>上下文已用 84%。</translation>
    </message>
    <message>
        <source>Raise</source>
        <translation>提高</translation>
    </message>
    <message>
        <source>Needs 9.4 GB, 7.8 free.</source>
        <translation>需要 9.4 GB，可用 7.8 GB。</translation>
    </message>
    <message>
        <source>Use 8k context</source>
        <translation>使用 8k 上下文</translation>
    </message>
    <message>
        <source>Card</source>
        <translation>卡片</translation>
    </message>
    <message>
        <source>Small, for trying · 98 MB · 小模型</source>
        <translation>供试用的小模型 · 98 MB</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>使用</translation>
    </message>
    <message>
        <source>Empty state</source>
        <translation>空状态</translation>
    </message>
    <message>
        <source>No chats yet</source>
        <translation>还没有对话</translation>
    </message>
    <message>
        <source>Ask something: it stays on this machine.</source>
        <translation>问点什么吧：内容只留在这台电脑上。</translation>
    </message>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>文字</translation>
    </message>
    <message>
        <source>Components</source>
        <translation>组件</translation>
    </message>
    <message>
        <source>Button</source>
        <translation>按钮</translation>
    </message>
    <message>
        <source>Primary</source>
        <translation>主要</translation>
    </message>
    <message>
        <source>Danger</source>
        <translation>危险</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>暂不</translation>
    </message>
    <message>
        <source>Icons</source>
        <translation>图标</translation>
    </message>
    <message>
        <source>Stepper</source>
        <translation>步进器</translation>
    </message>
    <message>
        <source>Threads</source>
        <translation>线程</translation>
    </message>
    <message>
        <source>Text area</source>
        <translation>文本区域</translation>
    </message>
    <message>
        <source>System prompt</source>
        <translation>系统提示词</translation>
    </message>
    <message>
        <source>How the model should answer</source>
        <translation>希望模型如何回答</translation>
    </message>
    <message>
        <source>Checked</source>
        <translation>已选</translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation>%1 个词元</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Write a message…</source>
        <translation>写点什么…</translation>
    </message>
    <message>
        <source>Attach a file</source>
        <translation>添加附件</translation>
    </message>
    <message>
        <source>Enter sends, Shift+Enter begins a line</source>
        <translation>Enter 发送，Shift+Enter 换行</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>Too large</source>
        <translation>过大</translation>
    </message>
    <message>
        <source>Not chosen</source>
        <translation>未选</translation>
    </message>
    <message>
        <source>Over the cross</source>
        <translation>悬停于叉号</translation>
    </message>
    <message>
        <source>Graph tile</source>
        <translation>图表卡片</translation>
    </message>
    <message>
        <source>Decode</source>
        <translation>解码</translation>
    </message>
    <message>
        <source>Prefill</source>
        <translation>预填充</translation>
    </message>
    <message>
        <source>KV blocks</source>
        <translation>KV 块</translation>
    </message>
    <message>
        <source>Row</source>
        <translation>行</translation>
    </message>
    <message>
        <source>Sampling</source>
        <translation>采样</translation>
    </message>
    <message>
        <source>Composer</source>
        <translation>消息编辑区</translation>
    </message>
    <message>
        <source>Dialog, toast</source>
        <translation>对话框、浮动提示</translation>
    </message>
    <message>
        <source>Delete 3 chats?</source>
        <translation>删除 3 个对话？</translation>
    </message>
    <message>
        <source>They go for good after ten seconds.</source>
        <translation>十秒后将永久删除。</translation>
    </message>
    <message>
        <source>Raise the context to 16k?</source>
        <translation>将上下文提高到 16k？</translation>
    </message>
    <message>
        <source>The model is loaded again; this takes a moment.</source>
        <translation>模型将重新载入，需要片刻。</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Load again</source>
        <translation>重新载入</translation>
    </message>
    <message>
        <source>Popover</source>
        <translation>弹出框</translation>
    </message>
    <message>
        <source>Esc or a click elsewhere closes it.</source>
        <translation>按 Esc 或点击别处即可关闭。</translation>
    </message>
    <message>
        <source>Chat deleted</source>
        <translation>对话已删除</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
</context>
<context>
    <name>hearth::ui::Inspector</name>
    <message>
        <source>Inspector</source>
        <translation>检查器</translation>
    </message>
    <message>
        <source>Close the inspector</source>
        <translation>关闭检查器</translation>
    </message>
    <message>
        <source>Next reply</source>
        <translation>下一条回复</translation>
    </message>
    <message>
        <source>Context</source>
        <translation>上下文</translation>
    </message>
    <message>
        <source>Reply</source>
        <translation>回复</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>Ask for probabilities</source>
        <translation>获取概率</translation>
    </message>
    <message>
        <source>Of the next replies, how likely each word was and what else the model might have said.</source>
        <translation>在之后的回复中，显示每个词的概率，以及模型还可能说什么。</translation>
    </message>
    <message>
        <source>The reply before</source>
        <translation>上一条回复</translation>
    </message>
    <message>
        <source>The next reply</source>
        <translation>下一条回复</translation>
    </message>
    <message>
        <source>Changes are for the next reply; the one on its way keeps what it began with.</source>
        <translation>更改从下一条回复起生效；正在生成的回复沿用原来的设置。</translation>
    </message>
    <message>
        <source>Changes are for the next reply.</source>
        <translation>更改从下一条回复起生效。</translation>
    </message>
    <message>
        <source>There is no reply yet.</source>
        <translation>还没有回复。</translation>
    </message>
    <message>
        <source>Reply %1 of %2</source>
        <translation>第 %1 条回复，共 %2 条</translation>
    </message>
    <message>
        <source>The warmer its ground, the less likely the word was. Point at one, or use the arrow keys.</source>
        <translation>底色越暖，表示该词出现的可能性越低。可将鼠标指向某个词，或使用方向键。</translation>
    </message>
    <message>
        <source>Shown with the next reply.</source>
        <translation>将随下一条回复显示。</translation>
    </message>
    <message>
        <source>Shows how sure the model was of each word.</source>
        <translation>显示模型对每个词的把握程度。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::KeyRecorder</name>
    <message>
        <source>Swap</source>
        <translation>互换</translation>
    </message>
    <message>
        <source>Reset “%1”</source>
        <translation>重置“%1”</translation>
    </message>
    <message>
        <source>Press keys…</source>
        <translation>请按快捷键…</translation>
    </message>
    <message>
        <source>Esc keeps the keys, Backspace removes them.</source>
        <translation>按 Esc 保留原快捷键，按 Backspace 清除。</translation>
    </message>
    <message>
        <source>%1 moves, confirms or closes everywhere.</source>
        <translation>%1 在各处都用于移动、确认或关闭。</translation>
    </message>
    <message>
        <source>%1 is needed for writing. Try it with Ctrl or Alt.</source>
        <translation>%1 要用于输入文字，请搭配 Ctrl 或 Alt。</translation>
    </message>
    <message>
        <source>%1 belongs to “%2”.</source>
        <translation>%1 已用于“%2”。</translation>
    </message>
    <message>
        <source>None</source>
        <translation>无</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>Press to record other keys.</source>
        <translation>按下可录制新的快捷键。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::MainWindow</name>
    <message>
        <source>Chats can&apos;t be saved (%1). They stay open here until the disk takes them.</source>
        <translation>无法保存对话（%1）。对话会保留在窗口中，直到磁盘可以写入。</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>The chats were written by a newer Hearth. They are kept in “%1”; this window begins with none.</source>
        <translation>这些对话由更新版本的 Hearth 写入，已保存在“%1”；本窗口从空白开始。</translation>
    </message>
    <message numerus="yes">
        <source>The chats on disk were damaged. %n message(s) could be read; the damaged file is kept in “%1”.</source>
        <translation>
            <numerusform>磁盘上的对话已损坏。恢复了 %n 条消息；损坏的文件保存在“%1”。</numerusform>
        </translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>A model is downloaded</source>
        <translation>模型已下载</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>A reply failed</source>
        <translation>回复失败</translation>
    </message>
    <message>
        <source>A reply is ready</source>
        <translation>回复已完成</translation>
    </message>
    <message>
        <source>Hearth stays in the tray</source>
        <translation>Hearth 仍在托盘中运行</translation>
    </message>
    <message>
        <source>Quit it from its menu there.</source>
        <translation>可从托盘菜单退出。</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>服务器</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ModelBar</name>
    <message>
        <source>Choose a model</source>
        <translation>选择模型</translation>
    </message>
    <message>
        <source>No model is loaded</source>
        <translation>未载入模型</translation>
    </message>
    <message>
        <source>Looking for the model…</source>
        <translation>正在查找模型…</translation>
    </message>
    <message>
        <source>Not in the library</source>
        <translation>不在模型库中</translation>
    </message>
    <message>
        <source>Could not be loaded</source>
        <translation>无法载入</translation>
    </message>
    <message>
        <source>%1 tokens of context</source>
        <translation>上下文 %1 词元</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Loading the model</source>
        <translation>正在载入模型</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>The graphics card stopped answering</source>
        <translation>显卡已停止响应</translation>
    </message>
    <message>
        <source>Show or hide the chats</source>
        <translation>显示或隐藏对话列表</translation>
    </message>
    <message>
        <source>Find in this chat</source>
        <translation>在此对话中查找</translation>
    </message>
    <message>
        <source>Show or hide the inspector</source>
        <translation>显示或隐藏检查器</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ModelNotice</name>
    <message>
        <source>Use the CPU</source>
        <translation>改用 CPU</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>“%1” could not be loaded. %2 Your message waits.</source>
        <translation>无法载入“%1”。%2你的消息在等待。</translation>
    </message>
    <message>
        <source>“%1” could not be loaded. %2</source>
        <translation>无法载入“%1”。%2</translation>
    </message>
    <message>
        <source>“%1” is not in your library. Your message waits.</source>
        <translation>模型库中没有“%1”。你的消息在等待。</translation>
    </message>
    <message>
        <source>“%1” is not in your library.</source>
        <translation>模型库中没有“%1”。</translation>
    </message>
    <message>
        <source>Choose a model</source>
        <translation>选择模型</translation>
    </message>
    <message>
        <source>No model is loaded. Your message waits.</source>
        <translation>未载入模型。你的消息在等待。</translation>
    </message>
    <message>
        <source>No model is loaded.</source>
        <translation>未载入模型。</translation>
    </message>
    <message>
        <source>%1 “%2” stays in use.</source>
        <translation>%1仍在使用“%2”。</translation>
    </message>
    <message>
        <source>%1 “%2” is loaded again.</source>
        <translation>%1正在重新载入“%2”。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ModelRow</name>
    <message>
        <source>%1 context</source>
        <translation>上下文 %1</translation>
    </message>
    <message>
        <source>small, for trying</source>
        <translation>小模型，供试用</translation>
    </message>
    <message>
        <source>fits @%1</source>
        <translation>可容纳 @%1</translation>
    </message>
    <message>
        <source>slow here</source>
        <translation>在此电脑上较慢</translation>
    </message>
    <message>
        <source>too large</source>
        <translation>过大</translation>
    </message>
    <message>
        <source>Measured with your last reply</source>
        <translation>根据上一条回复实测</translation>
    </message>
    <message>
        <source>Estimated from this computer&apos;s memory</source>
        <translation>根据这台电脑的内存估算</translation>
    </message>
    <message>
        <source>Load</source>
        <translation>载入</translation>
    </message>
    <message>
        <source>Loaded on %1</source>
        <translation>已载入到 %1</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>去对话</translation>
    </message>
    <message>
        <source>Chat with %1</source>
        <translation>与 %1 对话</translation>
    </message>
    <message>
        <source>Load %1</source>
        <translation>载入 %1</translation>
    </message>
    <message>
        <source>“%1” lies in a folder of yours; remove the folder instead</source>
        <translation>“%1”位于你添加的文件夹中；请改为移除该文件夹</translation>
    </message>
    <message>
        <source>“%1” is in use; load another model first</source>
        <translation>“%1”正在使用中；请先载入其他模型</translation>
    </message>
    <message>
        <source>Delete “%1” from the disk</source>
        <translation>从磁盘删除“%1”</translation>
    </message>
    <message>
        <source>Forget “%1”</source>
        <translation>从模型库移除“%1”</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ModelsPage</name>
    <message>
        <source>Add a model file</source>
        <translation>添加模型文件</translation>
    </message>
    <message>
        <source>Models (*.gguf *.safetensors);;All files (*)</source>
        <translation>模型 (*.gguf *.safetensors);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Add folder…</source>
        <translation>添加文件夹…</translation>
    </message>
    <message>
        <source>No models yet</source>
        <translation>还没有模型</translation>
    </message>
    <message>
        <source>Add a model&apos;s folder, or one of models</source>
        <translation>添加某个模型的文件夹，或存放多个模型的文件夹</translation>
    </message>
    <message>
        <source>Starter</source>
        <translation>入门模型</translation>
    </message>
    <message>
        <source>Folder %1; Delete forgets it</source>
        <translation>文件夹 %1；按 Delete 移除</translation>
    </message>
    <message>
        <source>The folder “%1” was forgotten; its files stay.</source>
        <translation>已移除文件夹“%1”，其中的文件仍会保留。</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>%1 free on the disk</source>
        <translation>磁盘可用空间 %1</translation>
    </message>
    <message>
        <source>“%1” was forgotten; its file stays.</source>
        <translation>已移除“%1”，文件仍会保留。</translation>
    </message>
    <message>
        <source>Delete “%1”?</source>
        <translation>删除“%1”？</translation>
    </message>
    <message>
        <source>Its file goes from the disk for good and frees %1. Chats stay.</source>
        <translation>模型文件将从磁盘永久删除，释放 %1。对话会保留。</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Add a model…</source>
        <translation>添加模型…</translation>
    </message>
    <message>
        <source>Look at the disk again</source>
        <translation>重新扫描磁盘</translation>
    </message>
    <message>
        <source>Folders that are looked through for models</source>
        <translation>在其中查找模型的文件夹</translation>
    </message>
    <message>
        <source>Add a GGUF file or a model&apos;s folder. It stays where it is; nothing is copied. Or download one of those below.</source>
        <translation>添加 GGUF 文件或模型文件夹。文件留在原处，不会复制。也可以从下方下载一个模型。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::NamePrompt</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>hearth::ui::Notifier</name>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
</context>
<context>
    <name>hearth::ui::OverflowNotice</name>
    <message numerus="yes">
        <source>The %n oldest message(s) will not be sent: the chat takes %1 tokens, the context holds %2.</source>
        <translation>
            <numerusform>最早的 %n 条消息将不会发送：对话占用 %1 个词元，上下文最多容纳 %2 个。</numerusform>
        </translation>
    </message>
    <message>
        <source>The chat takes %1 tokens, the context holds %2. Nothing is sent until there is room.</source>
        <translation>对话占用 %1 个词元，上下文最多容纳 %2 个。腾出空间之前不会发送任何内容。</translation>
    </message>
    <message>
        <source>The chat takes %1 of %2 tokens: only %3 are left for the reply.</source>
        <translation>对话已占用 %1 个词元（共 %2 个），只剩 %3 个可用于回复。</translation>
    </message>
    <message>
        <source>Raise the context to %1</source>
        <translation>将上下文提高到 %1</translation>
    </message>
    <message>
        <source>Forget the oldest</source>
        <translation>遗忘最早的消息</translation>
    </message>
    <message>
        <source>Summarise them</source>
        <translation>总结最早的消息</translation>
    </message>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详情</translation>
    </message>
    <message>
        <source>The oldest messages stay here, but are no longer sent</source>
        <translation>最早的消息仍保留在此，但不再发送</translation>
    </message>
    <message>
        <source>The model writes a summary that is sent in their place</source>
        <translation>由模型撰写摘要，代替这些消息发送</translation>
    </message>
    <message>
        <source>Loads the model again with room for more</source>
        <translation>重新载入模型，以容纳更多内容</translation>
    </message>
    <message>
        <source>Takes what you have written along</source>
        <translation>会带上你已写的内容</translation>
    </message>
    <message>
        <source>This message alone takes %1 tokens, with the system prompt; the context holds %2. Shorten it, or take an attachment away.</source>
        <translation>仅这条消息连同系统提示词就有 %1 个词元，而上下文只能容纳 %2 个。请缩短消息，或移除附件。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::PresetBar</name>
    <message>
        <source>Preset</source>
        <translation>预设</translation>
    </message>
    <message>
        <source>Save, rename or delete a preset</source>
        <translation>保存、重命名或删除预设</translation>
    </message>
    <message>
        <source>Sampling and system prompt under a name. The values of this chat become those of the preset.</source>
        <translation>为采样参数和系统提示词命名保存。当前对话的值将成为该预设的值。</translation>
    </message>
    <message>
        <source>%1 (changed)</source>
        <translation>%1（已更改）</translation>
    </message>
    <message>
        <source>Own values</source>
        <translation>自定义</translation>
    </message>
    <message>
        <source>Save as a preset…</source>
        <translation>保存为预设…</translation>
    </message>
    <message>
        <source>Save the changes</source>
        <translation>保存更改</translation>
    </message>
    <message>
        <source>Rename…</source>
        <translation>重命名…</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Save as a preset</source>
        <translation>保存为预设</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Rename preset</source>
        <translation>重命名预设</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>%1 %2</source>
        <translation>%1 %2</translation>
    </message>
    <message>
        <source>“%1” was saved</source>
        <translation>已保存“%1”</translation>
    </message>
    <message>
        <source>“%1” was deleted</source>
        <translation>已删除“%1”</translation>
    </message>
</context>
<context>
    <name>hearth::ui::PrivacySection</name>
    <message>
        <source>Privacy</source>
        <translation>隐私</translation>
    </message>
    <message>
        <source>Hearth has no account and no telemetry. Models run on this computer, and what you write stays on it.</source>
        <translation>Hearth 没有账号，也没有遥测。模型在这台电脑上运行，你写的内容也只留在这里。</translation>
    </message>
    <message>
        <source>All that ever leaves it: requests to %1 for the models you choose to download, and links you click, which open in your browser. Pictures in replies are never fetched.</source>
        <translation>离开这台电脑的只有：为下载你所选的模型而向 %1 发出的请求，以及你点击后在浏览器中打开的链接。绝不会获取回复中的网络图片。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::Rail</name>
    <message>
        <source>Chats</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message numerus="yes">
        <source>Chats: %n reply(s) are being written</source>
        <translation>
            <numerusform>对话：正在生成 %n 条回复</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Models: %n download(s)</source>
        <translation>
            <numerusform>模型：%n 个下载任务</numerusform>
        </translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>服务器</translation>
    </message>
    <message numerus="yes">
        <source>Server: %n request(s) are being answered</source>
        <translation>
            <numerusform>服务器：正在答复 %n 个请求</numerusform>
        </translation>
    </message>
    <message>
        <source>Server: %1</source>
        <translation>服务器：%1</translation>
    </message>
</context>
<context>
    <name>hearth::ui::RecommendedCard</name>
    <message>
        <source>license %1</source>
        <translation>许可证 %1</translation>
    </message>
    <message>
        <source>%1 context</source>
        <translation>上下文 %1</translation>
    </message>
    <message>
        <source>Memory that the model takes</source>
        <translation>模型占用的内存</translation>
    </message>
    <message>
        <source>Chat now</source>
        <translation>立即对话</translation>
    </message>
    <message>
        <source>Download and chat</source>
        <translation>下载并开始对话</translation>
    </message>
    <message>
        <source>Smaller</source>
        <translation>更小</translation>
    </message>
    <message>
        <source>Larger</source>
        <translation>更大</translation>
    </message>
    <message>
        <source>Back to the recommendation</source>
        <translation>恢复推荐</translation>
    </message>
    <message>
        <source>Your choice</source>
        <translation>你的选择</translation>
    </message>
    <message>
        <source>Recommended for this computer</source>
        <translation>为这台电脑推荐</translation>
    </message>
    <message>
        <source>No recommendation</source>
        <translation>暂无推荐</translation>
    </message>
</context>
<context>
    <name>hearth::ui::RecoveryBanner</name>
    <message>
        <source>Restart now</source>
        <translation>立即重启</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>暂不重启</translation>
    </message>
    <message>
        <source>Restart</source>
        <translation>重启</translation>
    </message>
    <message>
        <source>Continue on the CPU</source>
        <translation>改用 CPU 继续</translation>
    </message>
    <message>
        <source>The graphics card stopped answering. Your chats are being saved…</source>
        <translation>显卡已停止响应。正在保存对话…</translation>
    </message>
    <message numerus="yes">
        <source>The graphics card stopped answering. Your chats are saved. Hearth restarts itself in %n second(s).</source>
        <translation>
            <numerusform>显卡已停止响应。对话已保存。Hearth 将在 %n 秒后自动重启。</numerusform>
        </translation>
    </message>
    <message>
        <source>The graphics card stopped answering. Your chats are saved. Hearth restarts…</source>
        <translation>显卡已停止响应。对话已保存。Hearth 正在重启…</translation>
    </message>
    <message>
        <source>The graphics card stopped answering again, soon after the restart. Your chats are saved.</source>
        <translation>重启后不久，显卡再次停止响应。对话已保存。</translation>
    </message>
    <message>
        <source>Hearth could not restart itself: close it and open it again. Your chats are saved.</source>
        <translation>Hearth 无法自动重启：请关闭后重新打开。对话已保存。</translation>
    </message>
    <message>
        <source>The graphics card stopped answering. Your chats are saved. Hearth can use it again after a restart.</source>
        <translation>显卡已停止响应。对话已保存。重启 Hearth 后可以再次使用显卡。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ReplyPanel</name>
    <message>
        <source>Speed</source>
        <translation>速度</translation>
    </message>
    <message>
        <source>Time to first token</source>
        <translation>首词元用时</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>From the cache</source>
        <translation>来自缓存</translation>
    </message>
    <message>
        <source>Not sent</source>
        <translation>未发送</translation>
    </message>
    <message>
        <source>Why it ended</source>
        <translation>结束原因</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>%1 (%2%)</source>
        <translation>%1（%2%）</translation>
    </message>
    <message numerus="yes">
        <source>%n older message(s)</source>
        <translation>
            <numerusform>%n 条较早的消息</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hearth::ui::RequestDelegate</name>
    <message>
        <source>View</source>
        <translation>查看</translation>
    </message>
    <message>
        <source>View the request (Enter)</source>
        <translation>查看请求（Enter）</translation>
    </message>
    <message>
        <source>Copy as a line for a terminal (%1)</source>
        <translation>复制为终端命令（%1）</translation>
    </message>
</context>
<context>
    <name>hearth::ui::RequestDialog</name>
    <message>
        <source>Raise to %1</source>
        <translation>提高到 %1</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>答复</translation>
    </message>
    <message>
        <source>%1 after %2, at %3</source>
        <translation>%1，用时 %2，时间 %3</translation>
    </message>
    <message>
        <source>From</source>
        <translation>来自</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>密钥</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>%1 in (%2 from the cache), %3 out at %4, the first after %5</source>
        <translation>输入 %1（其中 %2 来自缓存），输出 %3，速度 %4，首个词元用时 %5</translation>
    </message>
    <message>
        <source>It had no body, or its body is no longer kept.</source>
        <translation>该请求没有正文，或正文已不再保留。</translation>
    </message>
    <message>
        <source>Body of the request</source>
        <translation>请求正文</translation>
    </message>
    <message>
        <source>This is its beginning; it was longer than what is kept.</source>
        <translation>这里只是开头部分；正文超过了保留的长度。</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
    <message>
        <source>Copy body</source>
        <translation>复制正文</translation>
    </message>
    <message>
        <source>Copy as curl</source>
        <translation>复制为 curl</translation>
    </message>
    <message>
        <source>Send to chat</source>
        <translation>发送到对话</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Make a key</source>
        <translation>创建密钥</translation>
    </message>
    <message>
        <source>Allow a web page</source>
        <translation>允许网页</translation>
    </message>
    <message>
        <source>Open the documents</source>
        <translation>打开接口文档</translation>
    </message>
    <message>
        <source>It was told</source>
        <translation>给程序的答复</translation>
    </message>
</context>
<context>
    <name>hearth::ui::RequestList</name>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>No request is like that</source>
        <translation>没有符合条件的请求</translation>
    </message>
    <message>
        <source>Change the filter to see others.</source>
        <translation>更改筛选条件可查看其他请求。</translation>
    </message>
    <message>
        <source>No requests yet</source>
        <translation>还没有请求</translation>
    </message>
    <message>
        <source>What other programs ask appears here as soon as it is answered.</source>
        <translation>其他程序的请求一经答复就会显示在这里。</translation>
    </message>
    <message>
        <source>The server is off</source>
        <translation>服务器已关闭</translation>
    </message>
    <message>
        <source>Switch it on, and every tool on this computer can use your models.</source>
        <translation>打开后，这台电脑上的所有工具都能使用你的模型。</translation>
    </message>
    <message>
        <source>The body was longer than what is kept, so it can&apos;t be sent again.</source>
        <translation>正文超过了保留的长度，因此无法重新发送。</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
    <message>
        <source>This request holds no conversation.</source>
        <translation>该请求不包含对话。</translation>
    </message>
    <message>
        <source>View the request</source>
        <translation>查看请求</translation>
    </message>
    <message>
        <source>Copy as curl</source>
        <translation>复制为 curl</translation>
    </message>
    <message>
        <source>Send to chat</source>
        <translation>发送到对话</translation>
    </message>
    <message>
        <source>Requests</source>
        <translation>请求</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>筛选</translation>
    </message>
    <message>
        <source>Filter the requests</source>
        <translation>筛选请求</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>Which requests are shown</source>
        <translation>显示哪些请求</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>清空</translation>
    </message>
    <message>
        <source>%1 since it was cleared</source>
        <translation>清空以来共 %1 个</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>已暂停</translation>
    </message>
    <message numerus="yes">
        <source>paused, %n new wait(s)</source>
        <translation>
            <numerusform>已暂停，%n 个新请求等待显示</numerusform>
        </translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>The log is paused</source>
        <translation>日志已暂停</translation>
    </message>
    <message>
        <source>New requests wait until it goes on.</source>
        <translation>新请求会等到继续时再显示。</translation>
    </message>
    <message>
        <source>Enter shows a request, %1 copies it for a terminal, the menu key has more.</source>
        <translation>Enter 查看请求，%1 复制为终端命令，菜单键有更多操作。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::RequestTexts</name>
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>not understood</source>
        <translation>无法理解</translation>
    </message>
    <message>
        <source>no valid key</source>
        <translation>没有有效密钥</translation>
    </message>
    <message>
        <source>web page or host name not allowed</source>
        <translation>不允许的网页或主机名</translation>
    </message>
    <message>
        <source>no such path or model</source>
        <translation>没有此路径或模型</translation>
    </message>
    <message>
        <source>no model “%1”</source>
        <translation>没有模型“%1”</translation>
    </message>
    <message>
        <source>not with this method</source>
        <translation>不支持此方法</translation>
    </message>
    <message>
        <source>came too slowly</source>
        <translation>到达太慢</translation>
    </message>
    <message>
        <source>too large</source>
        <translation>过大</translation>
    </message>
    <message>
        <source>a kind of body that is not taken</source>
        <translation>不支持的正文类型</translation>
    </message>
    <message>
        <source>too many requests</source>
        <translation>请求过多</translation>
    </message>
    <message>
        <source>not available</source>
        <translation>暂不可用</translation>
    </message>
    <message>
        <source>took too long</source>
        <translation>用时过长</translation>
    </message>
    <message>
        <source>broke off</source>
        <translation>中断</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>被拒绝</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>The program showed none of this server&apos;s keys. Make one for it, and enter it there as the API key.</source>
        <translation>程序没有出示此服务器的密钥。请为它创建一个，并在程序中填作 API 密钥。</translation>
    </message>
    <message>
        <source>It came from a web page, or by a name of this computer, that may not use the server. Allow the page if you trust it.</source>
        <translation>请求来自不被允许的网页，或使用了不被允许的主机名。若信任该网页，请允许它。</translation>
    </message>
    <message>
        <source>The server had as many requests as it takes at once. The program has to ask again later.</source>
        <translation>服务器同时处理的请求已达上限。程序需稍后再试。</translation>
    </message>
    <message>
        <source>The request arrived so slowly that it was given up.</source>
        <translation>请求到达太慢，已被放弃。</translation>
    </message>
    <message>
        <source>The request is larger than the server takes.</source>
        <translation>请求超过了服务器接受的大小。</translation>
    </message>
    <message>
        <source>The answer took longer than the server allows.</source>
        <translation>回复用时超过了服务器允许的时间。</translation>
    </message>
    <message>
        <source>Browser</source>
        <translation>浏览器</translation>
    </message>
    <message>
        <source>needs %1 &gt; %2 tokens</source>
        <translation>需要 %1 &gt; %2 个词元</translation>
    </message>
    <message>
        <source>hung up</source>
        <translation>已断开</translation>
    </message>
    <message>
        <source>The prompt takes %1 tokens, the model holds %2.</source>
        <translation>提示词共 %1 个词元，模型只能容纳 %2 个。</translation>
    </message>
    <message>
        <source>The server has nothing at this path, or no model of that name. Its documents list what it has.</source>
        <translation>服务器没有此路径，或没有该名称的模型。接口文档列出了它提供的内容。</translation>
    </message>
    <message>
        <source>There is no model “%1” here. Name one of those that are served.</source>
        <translation>这里没有模型“%1”。请使用所提供的模型之一。</translation>
    </message>
    <message>
        <source>This path takes another method. The documents say which.</source>
        <translation>此路径使用另一种方法。详见接口文档。</translation>
    </message>
    <message>
        <source>The server could not use what was sent.</source>
        <translation>服务器无法使用发来的内容。</translation>
    </message>
    <message>
        <source>The server could not answer at that moment.</source>
        <translation>服务器当时无法答复。</translation>
    </message>
    <message>
        <source>The answer broke off: %1.</source>
        <translation>回复中断：%1。</translation>
    </message>
    <message>
        <source>The server could not use what was sent: %1.</source>
        <translation>服务器无法使用发来的内容：%1。</translation>
    </message>
    <message>
        <source>The server could not answer at that moment: %1.</source>
        <translation>服务器当时无法答复：%1。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::SamplingPanel</name>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>How freely words are drawn: 0 always takes the likeliest, high values surprise.</source>
        <translation>选词的自由程度：0 总是选最可能的词，值越高越出人意料。</translation>
    </message>
    <message>
        <source>Top P</source>
        <translation>Top P</translation>
    </message>
    <message>
        <source>Draws only from the likeliest words that together reach this share; 1 leaves none out.</source>
        <translation>只从累计概率达到此比例的最可能的词中选取；1 表示不排除任何词。</translation>
    </message>
    <message>
        <source>Top K</source>
        <translation>Top K</translation>
    </message>
    <message>
        <source>Draws only from so many of the likeliest words; 0 leaves none out.</source>
        <translation>只从这么多个最可能的词中选取；0 表示不排除任何词。</translation>
    </message>
    <message>
        <source>Min P</source>
        <translation>Min P</translation>
    </message>
    <message>
        <source>Leaves out words that are less likely than this share of the likeliest one.</source>
        <translation>排除概率低于最可能词的此比例的词。</translation>
    </message>
    <message>
        <source>Repetition penalty</source>
        <translation>重复惩罚</translation>
    </message>
    <message>
        <source>Makes words that were used already less likely; 1 does nothing.</source>
        <translation>降低已用过的词再次出现的概率；1 表示不起作用。</translation>
    </message>
    <message>
        <source>Presence penalty</source>
        <translation>存在惩罚</translation>
    </message>
    <message>
        <source>Makes every word that was used less likely, however often it was; 0 does nothing.</source>
        <translation>降低所有已用过的词的概率，与使用次数无关；0 表示不起作用。</translation>
    </message>
    <message>
        <source>Frequency penalty</source>
        <translation>频率惩罚</translation>
    </message>
    <message>
        <source>Makes words less likely the more often they were used; 0 does nothing.</source>
        <translation>词用得越多，再次出现的概率越低；0 表示不起作用。</translation>
    </message>
    <message>
        <source>Longest reply</source>
        <translation>最大回复长度</translation>
    </message>
    <message>
        <source>Tokens after which a reply stops; 0 goes on to the end of the context.</source>
        <translation>回复达到此词元数后停止；0 表示一直写到上下文用尽。</translation>
    </message>
    <message>
        <source>Back to the preset: %1</source>
        <translation>恢复预设：%1</translation>
    </message>
    <message>
        <source>Fixed seed</source>
        <translation>固定种子</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>With the same seed, settings and messages the reply is the same each time.</source>
        <translation>种子、设置和消息都相同时，每次的回复也相同。</translation>
    </message>
    <message>
        <source>System prompt</source>
        <translation>系统提示词</translation>
    </message>
    <message>
        <source>Who the model is, how it answers…</source>
        <translation>模型是谁、如何回答…</translation>
    </message>
    <message>
        <source>Goes before the conversation and is never forgotten.</source>
        <translation>置于对话之前，始终不会被遗忘。</translation>
    </message>
    <message>
        <source>When the context is full</source>
        <translation>上下文已满时</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation>询问</translation>
    </message>
    <message>
        <source>Forget the oldest</source>
        <translation>遗忘最早的消息</translation>
    </message>
    <message>
        <source>Ask: nothing is sent until you have chosen what to do. Forget: the oldest messages stay here, but are no longer sent.</source>
        <translation>询问：在你选择处理方式之前，不会发送任何内容。遗忘：最早的消息仍保留在此，但不再发送。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::Section</name>
    <message>
        <source>Open</source>
        <translation>已展开</translation>
    </message>
    <message>
        <source>Folded</source>
        <translation>已折叠</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1，%2</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ServerAccess</name>
    <message>
        <source>Key %1</source>
        <translation>密钥 %1</translation>
    </message>
    <message>
        <source>The key “%1”</source>
        <translation>密钥“%1”</translation>
    </message>
    <message>
        <source>Copy it now: it is not shown again. Programs send it as their API key.</source>
        <translation>请现在复制：它不会再次显示。程序将它作为 API 密钥发送。</translation>
    </message>
    <message>
        <source>The key</source>
        <translation>密钥</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>Remove the key “%1”?</source>
        <translation>要移除密钥“%1”吗？</translation>
    </message>
    <message>
        <source>Programs that use it are refused from now on. As no key is left, only this computer reaches the server then.</source>
        <translation>使用它的程序从此会被拒绝。由于不再有密钥，之后只有这台电脑能访问服务器。</translation>
    </message>
    <message>
        <source>Programs that use it are refused from now on.</source>
        <translation>使用它的程序从此会被拒绝。</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Scheme and host, such as https://example.org:8080, or * for all</source>
        <translation>协议和主机，例如 https://example.org:8080，或用 * 表示全部</translation>
    </message>
    <message>
        <source>no key needed</source>
        <translation>无需密钥</translation>
    </message>
    <message numerus="yes">
        <source>%n key(s)</source>
        <translation>
            <numerusform>%n 个密钥</numerusform>
        </translation>
    </message>
    <message>
        <source>made on %1</source>
        <translation>创建于 %1</translation>
    </message>
    <message>
        <source>Remove the key “%1”</source>
        <translation>移除密钥“%1”</translation>
    </message>
    <message>
        <source>Keys and web pages</source>
        <translation>密钥与网页</translation>
    </message>
    <message>
        <source>API keys</source>
        <translation>API 密钥</translation>
    </message>
    <message>
        <source>With a key there, every program has to show one. Each has a name, so that the log tells who asked and one alone can be removed.</source>
        <translation>一旦有了密钥，每个程序都必须出示密钥。每个密钥都有名称，这样记录中能看出是谁在请求，也可以单独移除。</translation>
    </message>
    <message>
        <source>Name, such as “Laptop”</source>
        <translation>名称，例如“笔记本电脑”</translation>
    </message>
    <message>
        <source>Name of the new key</source>
        <translation>新密钥的名称</translation>
    </message>
    <message>
        <source>Make a key</source>
        <translation>创建密钥</translation>
    </message>
    <message>
        <source>Web pages</source>
        <translation>网页</translation>
    </message>
    <message>
        <source>Pages of this computer may always use the server; list others here (CORS).</source>
        <translation>这台电脑上的网页始终可以使用服务器；其他网页请在此列出（CORS）。</translation>
    </message>
    <message>
        <source>Address of the web page</source>
        <translation>网页的地址</translation>
    </message>
    <message>
        <source>Allow</source>
        <translation>允许</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ServerConnect</name>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
    <message>
        <source>Text for %1</source>
        <translation>用于 %1 的文本</translation>
    </message>
    <message>
        <source>Connect a program</source>
        <translation>连接程序</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copied, with the key “%1”</source>
        <translation>已复制，含密钥“%1”</translation>
    </message>
    <message>
        <source>%1 Copying puts a key in.</source>
        <translation>%1复制时会填入密钥。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ServerHead</name>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>端口</translation>
    </message>
    <message>
        <source>Local network</source>
        <translation>局域网</translation>
    </message>
    <message>
        <source>An IP address, such as 127.0.0.1</source>
        <translation>请输入 IP 地址，例如 127.0.0.1</translation>
    </message>
    <message>
        <source>Only programs of this computer reach it; they need no key, unless there are keys below.</source>
        <translation>只有这台电脑上的程序能访问；除非下面设有密钥，否则无需密钥。</translation>
    </message>
    <message>
        <source>Other devices of your networks reach it, with one of the keys below. What they send is not encrypted, so use it in networks you trust.</source>
        <translation>你的网络中的其他设备凭下面的任一密钥即可访问。传输内容未加密，请只在信任的网络中使用。</translation>
    </message>
    <message>
        <source>Copy %1</source>
        <translation>复制 %1</translation>
    </message>
    <message>
        <source>Open %1 in the browser</source>
        <translation>在浏览器中打开 %1</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>服务器</translation>
    </message>
    <message>
        <source>Serve the models to other programs</source>
        <translation>向其他程序提供模型</translation>
    </message>
    <message>
        <source>Who reaches it</source>
        <translation>谁能访问</translation>
    </message>
    <message>
        <source>This computer only</source>
        <translation>仅限这台电脑</translation>
    </message>
    <message>
        <source>Start it with Hearth</source>
        <translation>随 Hearth 启动</translation>
    </message>
    <message>
        <source>Taken</source>
        <translation>已被占用</translation>
    </message>
    <message>
        <source>Port %1 is taken: another program listens there. The server stays at %2.</source>
        <translation>端口 %1 已被占用：另一个程序正在监听。服务器仍在 %2。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ServerModels</name>
    <message numerus="yes">
        <source>%1 of %n loaded</source>
        <translation>
            <numerusform>已加载 %1 / %n</numerusform>
        </translation>
    </message>
    <message>
        <source>the window&apos;s, and the default</source>
        <translation>窗口正在使用，也是默认模型</translation>
    </message>
    <message>
        <source>Unload</source>
        <translation>卸载</translation>
    </message>
    <message>
        <source>Unload %1</source>
        <translation>卸载 %1</translation>
    </message>
    <message>
        <source>Models that are served</source>
        <translation>提供的模型</translation>
    </message>
    <message>
        <source>A request that names another model than the window&apos;s loads it, if there is memory; it is unloaded when nobody has asked for it for five minutes. Chats in this window go before requests.</source>
        <translation>请求若指定了窗口以外的模型，内存足够时会加载它；五分钟无人请求后会卸载。此窗口中的对话优先于请求。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ServerTexts</name>
    <message>
        <source>Off</source>
        <translation>已关闭</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>正在启动…</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>正在运行</translation>
    </message>
    <message>
        <source>Ending what runs…</source>
        <translation>正在完成现有请求…</translation>
    </message>
    <message>
        <source>Could not start</source>
        <translation>无法启动</translation>
    </message>
    <message>
        <source>Port %1 is taken: another program listens there. The server is off. Choose another port, or end that program.</source>
        <translation>端口 %1 已被占用：另一个程序正在监听。服务器已关闭。请选择其他端口，或结束那个程序。</translation>
    </message>
    <message>
        <source>The server can&apos;t listen at %1: %2. Choose another address or port.</source>
        <translation>服务器无法在 %1 监听：%2。请选择其他地址或端口。</translation>
    </message>
    <message>
        <source>Other devices may only reach the server with a key. Make one first.</source>
        <translation>其他设备只能凭密钥访问服务器。请先创建一个密钥。</translation>
    </message>
    <message>
        <source>The server could not start. %1</source>
        <translation>服务器无法启动。%1</translation>
    </message>
    <message numerus="yes">
        <source>%n running</source>
        <translation>
            <numerusform>%n 个进行中</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>%n 个等待中</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n connection(s)</source>
        <translation>
            <numerusform>%n 个连接</numerusform>
        </translation>
    </message>
    <message>
        <source>loading %1%</source>
        <translation>正在加载 %1%</translation>
    </message>
    <message numerus="yes">
        <source>in use by %n request(s)</source>
        <translation>
            <numerusform>%n 个请求正在使用</numerusform>
        </translation>
    </message>
    <message>
        <source>loaded</source>
        <translation>已加载</translation>
    </message>
    <message>
        <source>Port %1 is kept for the system&apos;s own programs. The server is off. Choose one from 1024 up.</source>
        <translation>端口 %1 保留给系统程序。服务器已关闭。请选择 1024 以上的端口。</translation>
    </message>
    <message>
        <source>This computer has no address %1 at the moment. The server is off.</source>
        <translation>这台电脑目前没有地址 %1。服务器已关闭。</translation>
    </message>
    <message>
        <source>Use port %1</source>
        <translation>使用端口 %1</translation>
    </message>
    <message>
        <source>This computer only</source>
        <translation>仅限这台电脑</translation>
    </message>
    <message>
        <source>Make a key</source>
        <translation>创建密钥</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
</context>
<context>
    <name>hearth::ui::SessionSource</name>
    <message>
        <source>Waiting for the model</source>
        <translation>正在等待模型</translation>
    </message>
    <message>
        <source>Waiting for its turn</source>
        <translation>正在排队</translation>
    </message>
    <message>
        <source>Reading the prompt · %1%</source>
        <translation>正在读取提示 · %1%</translation>
    </message>
    <message>
        <source>Interrupted: the graphics card stopped answering.</source>
        <translation>回复中断：显卡已停止响应。</translation>
    </message>
    <message>
        <source>Messages up to here are no longer sent</source>
        <translation>此处及之前的消息不再发送</translation>
    </message>
    <message>
        <source>Messages up to here are sent as a summary</source>
        <translation>此处及之前的消息以摘要形式发送</translation>
    </message>
    <message>
        <source>%1 · %2</source>
        <translation>%1 · %2</translation>
    </message>
</context>
<context>
    <name>hearth::ui::SettingsPage</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ShortcutHelp</name>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>While writing</source>
        <translation>输入消息时</translation>
    </message>
    <message>
        <source>Send the message</source>
        <translation>发送消息</translation>
    </message>
    <message>
        <source>Begin a new line</source>
        <translation>换行</translation>
    </message>
    <message>
        <source>Close what is open, then stop the reply</source>
        <translation>先关闭打开的内容，再停止回复</translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>hearth::ui::Shortcuts</name>
    <message>
        <source>%1 (%2)</source>
        <translation>%1（%2）</translation>
    </message>
</context>
<context>
    <name>hearth::ui::ShortcutsSection</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
    <message>
        <source>Choose keys and press the new ones. Enter and Esc always send and close.</source>
        <translation>选中快捷键，然后按下新的按键。Enter 始终用于发送，Esc 始终用于关闭。</translation>
    </message>
    <message>
        <source>Reset all</source>
        <translation>全部重置</translation>
    </message>
</context>
<context>
    <name>hearth::ui::Skeleton</name>
    <message>
        <source>Loading</source>
        <translation>载入中</translation>
    </message>
</context>
<context>
    <name>hearth::ui::StarterCard</name>
    <message>
        <source>Starter</source>
        <translation>入门</translation>
    </message>
    <message>
        <source>small, for trying</source>
        <translation>小模型，供试用</translation>
    </message>
    <message>
        <source>Answers at once on any computer. Good for a first look, too small for questions that matter.</source>
        <translation>在任何电脑上都能即时回答。适合初次体验，但模型太小，不适合重要的问题。</translation>
    </message>
    <message>
        <source>Start chatting</source>
        <translation>开始对话</translation>
    </message>
    <message>
        <source>Get it (%1)</source>
        <translation>下载（%1）</translation>
    </message>
</context>
<context>
    <name>hearth::ui::Texts</name>
    <message>
        <source>“%1” was not found.</source>
        <translation>找不到“%1”。</translation>
    </message>
    <message>
        <source>“%1” could not be read: %2.</source>
        <translation>无法读取“%1”：%2。</translation>
    </message>
    <message>
        <source>“%1” is damaged (%2): %3.</source>
        <translation>“%1”已损坏（%2）：%3。</translation>
    </message>
    <message>
        <source>“%1” is in a format that can run programs, so it was refused. Use a GGUF or safetensors file.</source>
        <translation>“%1”的格式可能会执行程序，因此已拒绝。请使用 GGUF 或 safetensors 文件。</translation>
    </message>
    <message>
        <source>Hearth can&apos;t run this model yet: %1 %2.</source>
        <translation>Hearth 暂时无法运行此模型：%1 %2。</translation>
    </message>
    <message>
        <source>Not enough memory: needs %1, %2 free.</source>
        <translation>内存不足：需要 %1，可用 %2。</translation>
    </message>
    <message>
        <source>The conversation takes %1 tokens, the model holds %2.</source>
        <translation>对话占用 %1 个词元，模型最多容纳 %2 个。</translation>
    </message>
    <message>
        <source>The conversation needs %1 cache blocks, there are %2.</source>
        <translation>对话需要 %1 个缓存块，只有 %2 个。</translation>
    </message>
    <message>
        <source>%1 requests wait already.</source>
        <translation>已有 %1 个请求在等待。</translation>
    </message>
    <message>
        <source>The setting “%1” is not allowed: %2.</source>
        <translation>设置“%1”不被允许：%2。</translation>
    </message>
    <message>
        <source>Stopped.</source>
        <translation>已停止。</translation>
    </message>
    <message>
        <source>The model was being unloaded.</source>
        <translation>模型正在卸载。</translation>
    </message>
    <message>
        <source>The model computed something that is no number; its file may be damaged.</source>
        <translation>模型算出了非数值结果，文件可能已损坏。</translation>
    </message>
    <message>
        <source>The model&apos;s chat template failed: %1.</source>
        <translation>模型的对话模板出错：%1。</translation>
    </message>
    <message>
        <source>Something went wrong inside Hearth: %1.</source>
        <translation>Hearth 内部出错：%1。</translation>
    </message>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Opening the file…</source>
        <translation>正在打开文件…</translation>
    </message>
    <message>
        <source>Reading the vocabulary…</source>
        <translation>正在读取词表…</translation>
    </message>
    <message>
        <source>Reading the weights…</source>
        <translation>正在读取权重…</translation>
    </message>
    <message>
        <source>Getting ready…</source>
        <translation>正在准备…</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>%1 %2 of %3 MB</source>
        <translation>%1 %2 / %3 MB</translation>
    </message>
    <message>
        <source>%1 tok/s</source>
        <translation>%1 词元/秒</translation>
    </message>
    <message>
        <source>cache %1%</source>
        <translation>缓存 %1%</translation>
    </message>
    <message>
        <source>stopped: length</source>
        <translation>已停止：达到长度上限</translation>
    </message>
    <message>
        <source>stopped by you</source>
        <translation>已由你停止</translation>
    </message>
    <message>
        <source>Not enough memory.</source>
        <translation>内存不足。</translation>
    </message>
    <message>
        <source>No NVIDIA driver is installed.</source>
        <translation>未安装 NVIDIA 驱动程序。</translation>
    </message>
    <message>
        <source>The NVIDIA driver supports CUDA %1, Hearth needs %2. Install a newer one.</source>
        <translation>NVIDIA 驱动程序支持 CUDA %1，Hearth 需要 %2。请安装更新的驱动程序。</translation>
    </message>
    <message>
        <source>The NVIDIA driver shows no graphics card.</source>
        <translation>NVIDIA 驱动程序未发现显卡。</translation>
    </message>
    <message>
        <source>This build of Hearth has no code for the graphics card (%1).</source>
        <translation>此版本的 Hearth 不支持该显卡（%1）。</translation>
    </message>
    <message>
        <source>NVIDIA&apos;s library cuBLAS is missing. Install libcublas of CUDA 13.</source>
        <translation>缺少 NVIDIA 的 cuBLAS 库。请安装 CUDA 13 的 libcublas。</translation>
    </message>
    <message>
        <source>The graphics card stopped answering.</source>
        <translation>显卡已停止响应。</translation>
    </message>
    <message>
        <source>The graphics card can&apos;t be used: %1.</source>
        <translation>无法使用显卡：%1。</translation>
    </message>
    <message>
        <source>CPU</source>
        <translation>CPU</translation>
    </message>
    <message>
        <source>On the CPU: the graphics card has too little memory for this model.</source>
        <translation>在 CPU 上运行：显存不足以容纳此模型。</translation>
    </message>
    <message>
        <source>On the CPU: the graphics card has %1 free, this model needs %2.</source>
        <translation>在 CPU 上运行：显卡可用显存 %1，此模型需要 %2。</translation>
    </message>
    <message>
        <source>On the CPU: the graphics card can&apos;t run this model yet (%1 %2).</source>
        <translation>在 CPU 上运行：显卡暂不支持此模型（%1 %2）。</translation>
    </message>
    <message>
        <source>On the CPU: %1</source>
        <translation>在 CPU 上运行：%1</translation>
    </message>
    <message>
        <source>Choose a smaller model</source>
        <translation>选择更小的模型</translation>
    </message>
    <message>
        <source>Choose a model</source>
        <translation>选择模型</translation>
    </message>
    <message>
        <source>This installation of Hearth lacks its part for graphics cards.</source>
        <translation>此 Hearth 安装缺少显卡组件。</translation>
    </message>
    <message>
        <source>Hearth&apos;s part for graphics cards is of another build. Install Hearth again.</source>
        <translation>Hearth 的显卡组件来自其他版本。请重新安装 Hearth。</translation>
    </message>
    <message>
        <source>%1 Close other programs or choose a smaller model.</source>
        <translation>%1请关闭其他程序，或选择更小的模型。</translation>
    </message>
    <message>
        <source>TTFT %1</source>
        <translation>首词元 %1</translation>
    </message>
    <message numerus="yes">
        <source>%n older message(s) not sent</source>
        <translation>
            <numerusform>%n 条较早的消息未发送</numerusform>
        </translation>
    </message>
    <message>
        <source>The model was done</source>
        <translation>模型已写完</translation>
    </message>
    <message>
        <source>A stop text was met</source>
        <translation>遇到停止文本</translation>
    </message>
    <message>
        <source>Its limit was reached</source>
        <translation>达到长度上限</translation>
    </message>
    <message>
        <source>You stopped it</source>
        <translation>已由你停止</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message numerus="yes">
        <source>%1 token(s)</source>
        <translation>
            <numerusform>%1 个词元</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hearth::ui::Toast</name>
    <message>
        <source>Dismiss</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>hearth::ui::TokenStrip</name>
    <message>
        <source>Tokens of the reply</source>
        <translation>回复的词元</translation>
    </message>
    <message>
        <source>“%1” %2</source>
        <translation>“%1” %2</translation>
    </message>
    <message>
        <source>“%1”, %2; likeliest: %3</source>
        <translation>“%1”，%2；最可能：%3</translation>
    </message>
</context>
<context>
    <name>hearth::ui::TokenTip</name>
    <message>
        <source>&lt; %1%</source>
        <translation>&lt; %1%</translation>
    </message>
    <message>
        <source>%1%</source>
        <translation>%1%</translation>
    </message>
</context>
<context>
    <name>hearth::ui::Tray</name>
    <message>
        <source>Show Hearth</source>
        <translation>显示 Hearth</translation>
    </message>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Quit Hearth</source>
        <translation>退出 Hearth</translation>
    </message>
</context>
<context>
    <name>hearth::ui::WelcomePage</name>
    <message>
        <source>Welcome to Hearth</source>
        <translation>欢迎使用 Hearth</translation>
    </message>
    <message>
        <source>Chat with language models that run on this computer alone.</source>
        <translation>与只在这台电脑上运行的语言模型对话。</translation>
    </message>
    <message>
        <source>Looking at this computer…</source>
        <translation>正在检测这台电脑…</translation>
    </message>
    <message>
        <source>No account. No telemetry. Nothing you write leaves this computer.</source>
        <translation>没有账号，没有遥测。你写的内容不会离开这台电脑。</translation>
    </message>
    <message>
        <source>This computer is offline. What is on its disk works all the same; downloads need a network.</source>
        <translation>这台电脑处于离线状态。磁盘上已有的内容可照常使用；下载需要网络。</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>重新查找</translation>
    </message>
</context>
</TS>
