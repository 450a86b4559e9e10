<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
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
        <source>New chat (Ctrl+N)</source>
        <translation>新对话（Ctrl+N）</translation>
    </message>
    <message>
        <source>Search chats</source>
        <translation>搜索对话</translation>
    </message>
    <message>
        <source>Search chats (Ctrl+K)</source>
        <translation>搜索对话（Ctrl+K）</translation>
    </message>
    <message>
        <source>Chats</source>
        <translation>对话</translation>
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
        <source>“%1” could not be loaded</source>
        <translation>无法载入“%1”</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
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
    <message>
        <source>Your message waits.</source>
        <translation>你的消息正在等待。</translation>
    </message>
    <message>
        <source>“%1” could not be loaded. %2</source>
        <translation>无法载入“%1”。%2</translation>
    </message>
    <message>
        <source>“%1” is not in your library.</source>
        <translation>模型库中没有“%1”。</translation>
    </message>
    <message>
        <source>No model is loaded.</source>
        <translation>未载入模型。</translation>
    </message>
    <message>
        <source>Use the CPU</source>
        <translation>改用 CPU</translation>
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
        <source>%1 “%2” stays in use.</source>
        <translation>%1仍在使用“%2”。</translation>
    </message>
    <message>
        <source>%1 “%2” is loaded again.</source>
        <translation>%1正在重新载入“%2”。</translation>
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
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Notice</source>
        <translation>提示</translation>
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
        <source>Context used</source>
        <translation>已用上下文</translation>
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
        <source>Top-p</source>
        <translation>Top-p</translation>
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
</context>
<context>
    <name>hearth::ui::MainWindow</name>
    <message>
        <source>Chats can't be saved (%1). They stay open here until the disk takes them.</source>
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
        <source>“%1” was deleted</source>
        <translation>已删除“%1”</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
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
        <source>Show or hide the chats (Ctrl+B)</source>
        <translation>显示或隐藏对话列表（Ctrl+B）</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Model (Ctrl+L)</source>
        <translation>模型（Ctrl+L）</translation>
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
        <source>Add a model's folder</source>
        <translation>添加模型文件夹</translation>
    </message>
    <message>
        <source>%1 context</source>
        <translation>上下文 %1</translation>
    </message>
    <message>
        <source>small, for trying</source>
        <translation>小模型，供试用</translation>
    </message>
    <message>
        <source>Load</source>
        <translation>载入</translation>
    </message>
    <message>
        <source>In use</source>
        <translation>使用中</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>去对话</translation>
    </message>
    <message>
        <source>Could not be loaded</source>
        <translation>无法载入</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Add file…</source>
        <translation>添加文件…</translation>
    </message>
    <message>
        <source>Add folder…</source>
        <translation>添加文件夹…</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>重新查找</translation>
    </message>
    <message>
        <source>No models yet</source>
        <translation>还没有模型</translation>
    </message>
    <message>
        <source>Add a GGUF file or a model's folder. It stays where it is; nothing is copied.</source>
        <translation>添加 GGUF 文件或模型文件夹。文件留在原处，不会复制。</translation>
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
    <message>
        <source>Settings (Ctrl+,)</source>
        <translation>设置（Ctrl+,）</translation>
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
</context>
<context>
    <name>hearth::ui::SettingsPage</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
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
        <source>Engine</source>
        <translation>引擎</translation>
    </message>
    <message>
        <source>Processor threads</source>
        <translation>处理器线程</translation>
    </message>
    <message>
        <source>At 0, Hearth uses one thread for each processor core. A change loads the model again.</source>
        <translation>设为 0 时，每个处理器核心使用一个线程。更改后会重新载入模型。</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Chats, settings and added models stay in this folder. Hearth has no account and sends nothing.</source>
        <translation>对话、设置和添加的模型都保存在此文件夹中。Hearth 没有账户，也不会发送任何数据。</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>计算设备</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
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
</context>
<context>
    <name>hearth::ui::Skeleton</name>
    <message>
        <source>Loading</source>
        <translation>载入中</translation>
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
        <source>Hearth can't run this model yet: %1 %2.</source>
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
        <source>The model's chat template failed: %1.</source>
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
        <source>TTFT %1 s</source>
        <translation>首词 %1 秒</translation>
    </message>
    <message numerus="yes">
        <source>%n token(s)</source>
        <translation>
            <numerusform>%n 个词元</numerusform>
        </translation>
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
        <source>NVIDIA's library cuBLAS is missing. Install libcublas of CUDA 13.</source>
        <translation>缺少 NVIDIA 的 cuBLAS 库。请安装 CUDA 13 的 libcublas。</translation>
    </message>
    <message>
        <source>The graphics card stopped answering.</source>
        <translation>显卡已停止响应。</translation>
    </message>
    <message>
        <source>The graphics card can't be used: %1.</source>
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
        <source>On the CPU: the graphics card can't run this model yet (%1 %2).</source>
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
        <source>Hearth's part for graphics cards is of another build. Install Hearth again.</source>
        <translation>Hearth 的显卡组件来自其他版本。请重新安装 Hearth。</translation>
    </message>
    <message>
        <source>%1 Close other programs or choose a smaller model.</source>
        <translation>%1请关闭其他程序，或选择更小的模型。</translation>
    </message>
</context>
<context>
    <name>hearth::ui::Toast</name>
    <message>
        <source>Dismiss</source>
        <translation>关闭</translation>
    </message>
</context>
</TS>
