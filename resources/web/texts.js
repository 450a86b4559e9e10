// The pages' words in English and Simplified Chinese; the browser's language chooses.

const english = {
  model: "Model",
  graphs: "Graphs",
  settings: "Settings",
  newChat: "New chat",
  system: "System prompt",
  temperature: "Temperature",
  maxTokens: "Most tokens of a reply",
  noLimit: "no limit",
  docs: "What the server offers to programs",
  ask: "Ask something…",
  send: "Send",
  stop: "Stop",
  keyTitle: "The server wants a key",
  keyHint: "Its owner makes keys on the server page of Hearth. It is kept until this tab is closed.",
  keyWrong: "The server does not know this key.",
  keyUse: "Use this key",
  emptyTitle: "Ask the model on this server",
  emptyText: "What you write stays between this browser and the server.",
  noModels: "The server has no models yet. Add one in Hearth.",
  unreachable: "The server can't be reached. It may be off, or the network is down.",
  broken: "The connection broke before the reply was complete.",
  busy: "The server has too many requests at the moment.",
  busyFor: "The server has too many requests; it asks to wait {0} s.",
  failed: "The server answered with status {0}.",
  tooLong: "The conversation is longer than the model holds. Begin a new chat.",
  noSuchModel: "The server has no model of this name. Choose another one.",
  noMemory: "The server has no memory for this model now. Choose a smaller one, or try again later.",
  unloading: "The model is being unloaded. Try again in a moment.",
  deviceLost: "The server's graphics card stopped answering; the server has to be started again.",
  tookTooLong: "The server gave the reply up, as it took too long.",
  waiting: "Waiting for its turn…",
  overflow: "The conversation takes {0} tokens, the model holds {1}. Begin a new chat.",
  storage: "This browser keeps no more of the conversation: its storage is full.",
  retry: "Try again",
  regenerate: "Write anew",
  copy: "Copy",
  copied: "Copied",
  thinking: "Thinking…",
  thought: "Thoughts",
  loading: "The model is being loaded…",
  stopped: "stopped",
  cutOff: "limit reached",
  you: "You",
  tokens: "{0} tokens",
  code: "Code",
  decode: "Decode",
  prefill: "Prefill",
  requests: "Running / waiting",
  cache: "KV cache",
  firstToken: "Time to first token",
  perSecond: "{0} tok/s",
  milliseconds: "{0} ms",
  noMetrics: "The server tells no figures to this page.",
  // The documents.
  docsTitle: "What the server offers",
  docsIntro: "Every operation of this server. Try them here: the requests are real.",
  docsChat: "Chat",
  docsFind: "Find an operation",
  docsKey: "Key",
  docsNone: "No operation is like that.",
  docsFailed: "The description of the server could not be read.",
  fields: "Fields of the body",
  field: "Field",
  type: "Type",
  meaning: "Meaning",
  required: "required",
  byDefault: "default {0}",
  lengths: "length {0} … {1}",
  parameters: "Parameters",
  tryIt: "Try it",
  body: "Body",
  notJson: "This is not JSON: {0}",
  answer: "Answer",
  needsKey: "The server wants a key. Enter it at the top of the page.",
  answered: "{0} after {1} ms, {2} bytes",
  other: "Other",
};

const chinese = {
  model: "模型",
  graphs: "图表",
  settings: "设置",
  newChat: "新对话",
  system: "系统提示词",
  temperature: "温度",
  maxTokens: "回复的最大词元数",
  noLimit: "不限",
  docs: "服务器为程序提供的接口",
  ask: "输入问题…",
  send: "发送",
  stop: "停止",
  keyTitle: "服务器需要密钥",
  keyHint: "密钥由服务器的主人在 Hearth 的服务器页面创建。关闭此标签页后不再保留。",
  keyWrong: "服务器不认识这个密钥。",
  keyUse: "使用此密钥",
  emptyTitle: "向这台服务器上的模型提问",
  emptyText: "你写的内容只在此浏览器与服务器之间传送。",
  noModels: "服务器还没有模型。请在 Hearth 中添加。",
  unreachable: "无法连接服务器。它可能已关闭，或网络中断。",
  broken: "回复完成之前连接中断了。",
  busy: "服务器目前的请求太多。",
  busyFor: "服务器的请求太多，要求等待 {0} 秒。",
  failed: "服务器返回了状态 {0}。",
  tooLong: "对话超出了模型的容量。请开始新对话。",
  noSuchModel: "服务器没有这个名称的模型。请选择其他模型。",
  noMemory: "服务器目前没有足够的内存运行此模型。请选择较小的模型，或稍后再试。",
  unloading: "模型正在卸载。请稍后重试。",
  deviceLost: "服务器的显卡停止响应，需要重新启动服务器。",
  tookTooLong: "回复用时过长，服务器已放弃。",
  waiting: "正在排队…",
  overflow: "对话共 {0} 个词元，模型只能容纳 {1} 个。请开始新对话。",
  storage: "浏览器的存储空间已满，无法再保存对话。",
  retry: "重试",
  regenerate: "重新生成",
  copy: "复制",
  copied: "已复制",
  thinking: "思考中…",
  thought: "思考过程",
  loading: "正在加载模型…",
  stopped: "已停止",
  cutOff: "达到上限",
  you: "你",
  tokens: "{0} 个词元",
  code: "代码",
  decode: "生成",
  prefill: "预填充",
  requests: "进行中 / 等待中",
  cache: "KV 缓存",
  firstToken: "首个词元用时",
  perSecond: "{0} 词元/秒",
  milliseconds: "{0} 毫秒",
  noMetrics: "服务器不向此页面提供指标。",
  docsTitle: "服务器提供的接口",
  docsIntro: "此服务器的全部操作。可以在这里试用：请求是真实的。",
  docsChat: "对话",
  docsFind: "查找操作",
  docsKey: "密钥",
  docsNone: "没有符合条件的操作。",
  docsFailed: "无法读取服务器的接口说明。",
  fields: "正文字段",
  field: "字段",
  type: "类型",
  meaning: "含义",
  required: "必填",
  byDefault: "默认 {0}",
  lengths: "长度 {0} … {1}",
  parameters: "参数",
  tryIt: "试用",
  body: "正文",
  notJson: "这不是 JSON：{0}",
  answer: "答复",
  needsKey: "服务器需要密钥。请在页面顶部输入。",
  answered: "{0}，用时 {1} 毫秒，{2} 字节",
  other: "其他",
};

const isChinese = (navigator.language || "en").toLowerCase().startsWith("zh");
export const language = isChinese ? "zh-CN" : "en";
const words = isChinese ? chinese : english;

// The text of a name, with {0}, {1} … replaced.
export function text(name, ...values) {
  return (words[name] ?? english[name] ?? name).replace(/\{(\d)\}/g, (all, i) => values[i] ?? all);
}

export function number(value, digits = 0) {
  return value.toLocaleString(language, { maximumFractionDigits: digits });
}

// Fills what the page's HTML names.
export function translatePage() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-text]"))
    element.textContent = text(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]"))
    element.setAttribute("aria-label", text(element.dataset.label));
  for (const element of document.querySelectorAll("[data-placeholder]"))
    element.placeholder = text(element.dataset.placeholder);
}

// An element with a class and a text; never HTML.
export function make(tag, className = "", content = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (content) element.textContent = content;
  return element;
}

// Copies a text; says so on the button that asked.
export async function copyText(content, button) {
  try {
    await navigator.clipboard.writeText(content);
  } catch {
    // Without TLS the clipboard is not there for pages of other machines.
    const area = make("textarea", "unseen");
    area.value = content;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  button.textContent = text("copied");
  setTimeout(() => (button.textContent = text("copy")), 1500);
}
