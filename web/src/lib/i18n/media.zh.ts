/** Words of pictures and files in conversations. */
export const mediaZh = {
  attach: '发送图片或文件',
  drop: '松开即可发送',
  uploads: '正在上传',
  waiting: '等待上传',
  uploading: (name: string, percent: number) => `${name}，已上传 ${percent}%`,
  finishing: '处理中…',
  cancel: (name: string) => `取消上传 ${name}`,
  retry: (name: string) => `重新上传 ${name}`,
  dismiss: (name: string) => `移除 ${name}`,
  image: '图片',
  imageNamed: (name: string) => `图片 ${name}`,
  open: (name: string) => `查看大图 ${name}`,
  download: (name: string, size: string) => `下载 ${name}（${size}）`,
  save: '下载',
  failed: '无法加载',
  gone: '内容已被撤回或过期',
  tooLarge: '文件太大，或存储空间已满',
  tooLargeFor: (size: string) => `文件太大，最大 ${size}`,
  type: '不支持这种文件，或内容与文件名不符',
  damaged: '文件为空或已损坏',
  off: '图片和文件发送已关闭',
};

export type MediaWords = typeof mediaZh;
