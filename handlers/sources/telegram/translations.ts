import type { Language, SourceTranslations } from '../translations.ts'

export const translations: Readonly<Record<Language, SourceTranslations>> = {
  pt: {
    name: 'Telegram',
    values: {
      text: 'texto',
      photo: 'foto',
      audio: 'áudio',
      voice: 'mensagem de voz',
      video: 'vídeo',
      video_note: 'mensagem de vídeo',
      animation: 'GIF',
      sticker: 'figurinha',
      document: 'documento',
      location: 'localização',
      service: 'mensagem de serviço',
      live_photo: 'Live Photo',
      paid_media: 'mídia paga',
      story: 'story encaminhado',
      group: 'grupo',
      supergroup: 'supergrupo',
      channel: 'canal',
      private: 'privada',
    },
    columns: {
      chat_type: 'tipo de conversa',
      thread_id: 'tópico',
    },
  },
  en: {
    name: 'Telegram',
    values: {
      voice: 'voice message',
      video_note: 'video message',
      animation: 'GIF',
      service: 'service message',
      live_photo: 'Live Photo',
      story: 'forwarded story',
    },
    columns: {
      chat_type: 'chat type',
      thread_id: 'topic',
    },
  },
}
