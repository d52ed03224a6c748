import type { Language, SourceTranslations } from '../translations.ts'

export const translations: Readonly<Record<Language, SourceTranslations>> = {
  pt: {
    name: 'WhatsApp',
    values: {
      text: 'texto',
      image: 'imagem',
      audio: 'áudio',
      voice: 'mensagem de voz',
      video: 'vídeo',
      sticker: 'figurinha',
      document: 'documento',
      location: 'localização',
      contacts: 'contatos',
      reaction: 'reação',
      interactive: 'resposta interativa',
      button: 'botão',
      order: 'pedido',
      system: 'sistema',
      edit: 'edição',
      revoke: 'mensagem apagada',
      unsupported: 'sem suporte',
      media_placeholder: 'mídia ainda não recebida',
      unknown: 'desconhecido',
      request_welcome: 'conversa aberta',
    },
  },
  en: {
    name: 'WhatsApp',
    values: {
      voice: 'voice message',
      interactive: 'interactive reply',
      revoke: 'deleted message',
      request_welcome: 'chat opened',
    },
  },
}
